package pop3

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// source is this package as the type checker sees it, without its imports.
func source(t *testing.T) (*token.FileSet, []*ast.File, *types.Info) {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || name == "errno_windows.go" {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}}
	// What is missing for want of imports does not concern codes.
	conf := types.Config{Importer: noImports{}, Error: func(error) {}}
	_, _ = conf.Check("pop3", fset, files, info)
	return fset, files, info
}

type noImports struct{}

func (noImports) Import(string) (*types.Package, error) { return nil, errors.New("not needed") }

// Every code and kind is one of the constants, each of which is listed and
// documented; a response code of a server alone is made from its text.
func TestEveryCodeIsDeclared(t *testing.T) {
	fset, files, info := source(t)
	named := func(e ast.Expr) string {
		if n, ok := info.Types[e].Type.(*types.Named); ok && (n.Obj().Name() == "Code" || n.Obj().Name() == "Kind") {
			return n.Obj().Name()
		}
		return ""
	}
	var declared []Code
	kinds := 0
	for _, file := range files {
		for _, decl := range file.Decls {
			function := ""
			if f, ok := decl.(*ast.FuncDecl); ok {
				function = f.Name.Name
			}
			ast.Inspect(decl, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.ValueSpec:
					constant, ok := info.Defs[n.Names[0]].(*types.Const)
					if !ok || len(n.Values) == 0 || named(n.Values[0]) == "" {
						return true
					}
					if n.Comment == nil && n.Doc == nil {
						t.Errorf("%s: %s is not documented", fset.Position(n.Pos()), n.Names[0].Name)
					}
					if named(n.Values[0]) == "Code" {
						declared = append(declared, Code(constantText(constant)))
					} else {
						kinds++
					}
					return false
				case *ast.BasicLit:
					if what := named(n); what != "" && n.Value != `""` {
						t.Errorf("%s: %s is a %s outside its definition", fset.Position(n.Pos()), n.Value, what)
					}
				case *ast.CallExpr:
					if info.Types[n.Fun].IsType() && named(n) == "Code" && function != "responseCode" {
						t.Errorf("%s: a code is made from a text", fset.Position(n.Pos()))
					}
				}
				return true
			})
		}
	}
	listed := Codes()
	slices.Sort(listed)
	slices.Sort(declared)
	if !slices.Equal(listed, declared) {
		t.Errorf("Codes lists\n%q, declared are\n%q", listed, declared)
	}
	if len(slices.Compact(slices.Clone(listed))) != len(listed) || len(listed) < 30 || kinds != 7 {
		t.Errorf("%d codes, some of them twice, or %d kinds", len(listed), kinds)
	}
}

func constantText(c *types.Const) string { return strings.Trim(c.Val().ExactString(), `"`) }

func TestCodes(t *testing.T) {
	refined := fmt.Errorf("polling: %w", &Error{Kind: KindTemporary, Code: "SYS/TEMP/DISK", Command: "PASS"})
	if e, ok := As(refined); !ok || e.Command != "PASS" {
		t.Errorf("As: %v, %v", e, ok)
	}
	if c := CodeOf(refined); !c.Within(CodeSysTemp) || c.Within(CodeSysPerm) || Code("SYS/TEMPERAMENT").Within(CodeSysTemp) {
		t.Errorf("code %q", c)
	}
	if !IsKind(refined, KindNetwork, KindTemporary) || IsKind(refined, KindNetwork) || IsFatal(refined) {
		t.Error("IsKind or IsFatal")
	}
	if !IsFatal(fmt.Errorf("x: %w", fault(KindProtocol, CodeMalformed, "STAT", nil))) {
		t.Error("a fault is not fatal")
	}
	if e, ok := As(nil); ok || e != nil || CodeOf(errors.New("x")) != "" || IsKind(nil, KindNetwork) || IsFatal(nil) {
		t.Error("an error of another package, or none, has a kind")
	}
}

// Every row of the tables about servers can be reached and says why it is there.
func TestQuirks(t *testing.T) {
	for i, q := range quirks {
		if q.why == "" || (Capabilities{"IMPLEMENTATION " + q.implementation + "3.2"}).quirk() != q {
			t.Errorf("quirk %d: %+v", i, q)
		}
	}
	if q := (Capabilities{"IMPLEMENTATION Dovecot"}).quirk(); q != (quirk{}) {
		t.Errorf("Dovecot: %+v", q)
	}
	for i, r := range byCode {
		if r.why == "" {
			t.Errorf("code %d: %+v", i, r)
		}
		for _, earlier := range byCode[:i] {
			if earlier.text == nil && r.code.Within(earlier.code) {
				t.Errorf("%+v is never reached because of %+v", r, earlier)
			}
		}
	}
	for i, r := range byText {
		if r.why == "" {
			t.Errorf("text %d: %+v", i, r)
		}
	}
}
