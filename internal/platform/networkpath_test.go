package platform

import (
	"slices"
	"testing"
)

func TestRelayPath(t *testing.T) {
	var told []string
	w := relay{Events: Events{
		Online: func(online bool) { told = append(told, map[bool]string{true: "online", false: "offline"}[online]) },
		Saving: func(saving bool) { told = append(told, map[bool]string{true: "saving", false: "spending"}[saving]) },
	}}
	for _, step := range []struct {
		path networkPath
		want []string
	}{
		{networkPath{status: pathSatisfied}, []string{"online"}},
		{networkPath{status: pathSatisfied}, nil},
		{networkPath{status: pathUnsatisfied}, []string{"offline"}},
		{networkPath{status: pathSatisfiable, expensive: true}, []string{"saving", "online"}},
		{networkPath{status: pathInvalid, constrained: true}, nil},
		{networkPath{status: pathSatisfied}, []string{"spending"}},
	} {
		told = nil
		if w.path(step.path); !slices.Equal(told, step.want) {
			t.Errorf("%+v: told %q, want %q", step.path, told, step.want)
		}
	}
	(&relay{}).path(networkPath{status: pathUnsatisfied, expensive: true}) // nobody listens
}
