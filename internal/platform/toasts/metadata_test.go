//go:build !windows

// It needs the go command and this source, which tests under Wine have not.

package toasts

import (
	"debug/pe"
	"encoding/binary"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	winrt "github.com/saltosystems/winrt-go"
	"github.com/tdakkota/win32metadata/md"
	"github.com/tdakkota/win32metadata/types"
)

// metadata is what Microsoft's .winmd files say of interfaces and classes.
type metadata struct {
	guids   map[string]string   // of interfaces and delegates, by name without namespace
	methods map[string][]string // of interfaces, in the order of their tables; an overload by the name it has there
}

// readMetadata reads the files that come with the module of winrt-go, which
// generates its own bindings from them.
func readMetadata(t *testing.T, names ...string) metadata {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/saltosystems/winrt-go").Output()
	if err != nil {
		t.Fatal(err)
	}
	m := metadata{map[string]string{}, map[string][]string{}}
	for _, name := range names {
		file, err := pe.Open(filepath.Join(strings.TrimSpace(string(out)), "internal", "winmd", "metadata", name))
		if err != nil {
			t.Fatal(err)
		}
		c, err := types.FromPE(file)
		if err == nil {
			err = m.add(c)
		}
		if err != nil {
			t.Fatal(name, err)
		}
		_ = file.Close()
	}
	return m
}

// add takes over a file. Its tables are those of ECMA-335, partition II.22.
func (m metadata) add(c *types.Context) error {
	overloads, names := map[uint32]string{}, map[uint32]string{}
	attributes := c.Table(md.CustomAttribute)
	for i := range attributes.RowCount() {
		var a types.CustomAttribute
		if err := a.FromRow(attributes.Row(i)); err != nil {
			continue // one with an empty value at the very end of the heap
		}
		table, _ := a.Parent.Table()
		kind, err := attributeName(c, a)
		if err != nil {
			return err
		}
		switch {
		case table == md.MethodDef && kind == "OverloadAttribute":
			overloads[a.Parent.TableIndex()] = string(a.Value[3 : 3+a.Value[2]])
		case table == md.TypeDef && kind == "GuidAttribute":
			v := a.Value[2:]
			names[a.Parent.TableIndex()] = fmt.Sprintf("{%08x-%04x-%04x-%x-%x}", binary.LittleEndian.Uint32(v), binary.LittleEndian.Uint16(v[4:]), binary.LittleEndian.Uint16(v[6:]), []byte(v[8:10]), []byte(v[10:16]))
		}
	}
	definitions := c.Table(md.TypeDef)
	for i := range definitions.RowCount() {
		var d types.TypeDef
		if err := d.FromRow(definitions.Row(i)); err != nil {
			return err
		}
		guid, ok := names[i]
		if !ok {
			continue
		}
		m.guids[d.TypeName] = guid
		methods, err := d.ResolveMethodList(c)
		if err != nil {
			return err
		}
		for n, method := range methods {
			name := method.Name
			if o, ok := overloads[uint32(d.MethodList.Start())+uint32(n)]; ok {
				name = o
			}
			m.methods[d.TypeName] = append(m.methods[d.TypeName], name)
		}
	}
	return nil
}

func attributeName(c *types.Context, a types.CustomAttribute) (string, error) {
	if table, _ := a.Type.Table(); table != md.MemberRef {
		return "", nil
	}
	row, ok := a.Type.Row(c)
	if !ok {
		return "", nil
	}
	var member types.MemberRef
	if err := member.FromRow(row); err != nil {
		return "", err
	}
	if table, _ := member.Class.Table(); table != md.TypeRef {
		return "", nil
	}
	row, ok = member.Class.Row(c)
	if !ok {
		return "", nil
	}
	var ref types.TypeRef
	err := ref.FromRow(row)
	return ref.TypeName, err
}

// What is called here is what Windows has: each interface's GUID, and each
// method in its place. The comments beside them name both.
func TestMetadata(t *testing.T) {
	windows := readMetadata(t, "Windows.UI.winmd", "Windows.Data.winmd", "Windows.Foundation.winmd")
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "toasts_windows.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	guids, methods := 0, 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		name, about := spec.Names[0].Name, strings.TrimSpace(spec.Comment.Text())
		if strings.HasPrefix(name, "iid") {
			guids++
			if got, want := literal(t, spec.Values[0]), windows.guid(about); got != want {
				t.Errorf("%s: %s is %s and not %s", name, about, want, got)
			}
		}
		if slot, ok := place(spec.Values[0]); ok {
			methods++
			of, method, _ := strings.Cut(about, ".")
			if all := windows.methods[of]; slot >= len(all) || all[slot] != method {
				t.Errorf("%s: in the place %d of %s there is another than %s: %v", name, slot, of, method, all)
			}
		}
		return true
	})
	if guids != 7 || methods != 12 {
		t.Errorf("compared %d interfaces and %d methods", guids, methods)
	}
}

// guid is that of an interface, or of a handler of two classes.
func (m metadata) guid(name string) string {
	arguments, ok := strings.CutPrefix(name, "TypedEventHandler<")
	if !ok {
		return m.guids[name]
	}
	signatures := []string{}
	for class := range strings.SplitSeq(strings.TrimSuffix(arguments, ">"), ", ") {
		signatures = append(signatures, fmt.Sprintf("rc(Windows.UI.Notifications.%s;%s)", class, m.guids["I"+class]))
	}
	return strings.ToLower(winrt.ParameterizedInstanceGUID(strings.Trim(m.guids["TypedEventHandler`2"], "{}"), signatures...))
}

// literal is a GUID that stands in the source.
func literal(t *testing.T, value ast.Expr) string {
	t.Helper()
	var numbers []uint64
	ast.Inspect(value, func(n ast.Node) bool {
		if array, ok := n.(*ast.ArrayType); ok && array.Len != nil {
			return false // its length is none of them
		}
		if number, ok := n.(*ast.BasicLit); ok {
			v, err := strconv.ParseUint(number.Value, 0, 32)
			if err != nil {
				t.Fatal(err)
			}
			numbers = append(numbers, v)
		}
		return true
	})
	if len(numbers) != 11 {
		t.Fatalf("%d numbers in a GUID", len(numbers))
	}
	rest := ""
	for i, v := range numbers[3:] {
		if rest += fmt.Sprintf("%02x", v); i == 1 {
			rest += "-"
		}
	}
	return fmt.Sprintf("{%08x-%04x-%04x-%s}", numbers[0], numbers[1], numbers[2], rest)
}

// place is n of winrt.First + n.
func place(value ast.Expr) (n int, ok bool) {
	if sum, is := value.(*ast.BinaryExpr); is {
		number, is := sum.Y.(*ast.BasicLit)
		if !is {
			return 0, false
		}
		n, _ = strconv.Atoi(number.Value)
		value = sum.X
	}
	first, is := value.(*ast.SelectorExpr)
	return n, is && first.Sel.Name == "First"
}
