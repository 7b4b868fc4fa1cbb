package app

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/traymail/traymail/internal/discover"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// Whatever can be asked is answered.
func TestEveryVerbIsAnswered(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	handlers := w.Verbs()
	if _, ok := handlers[string(discover.Find)]; !ok {
		t.Error("nobody finds servers")
	}
	f, err := parser.ParseFile(token.NewFileSet(), "../api/verbs.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	verbs := 0
	ast.Inspect(f, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
			if value, ok := spec.Values[0].(*ast.BasicLit); ok {
				name, err := strconv.Unquote(value.Value)
				if _, ok := handlers[name]; !ok || err != nil {
					t.Errorf("nobody answers %s: %v", value.Value, err)
				}
				verbs++
			}
		}
		return true
	})
	if verbs == 0 {
		t.Error("there are no verbs")
	}
}
