package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/traymail/traymail"
)

// versionText is "0.1.0 (1a2b3c4d5e6f, go1.26.0, linux/amd64)"; what is not
// known is left out.
func versionText() string {
	c := commit
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if c == "" && s.Key == "vcs.revision" {
				c = s.Value[:min(12, len(s.Value))]
			}
		}
	}
	if c != "" {
		c += ", "
	}
	return traymail.Version() + " (" + c + runtime.Version() + ", " + runtime.GOOS + "/" + runtime.GOARCH + ")"
}

func newVersion(e *env) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   e.loc.T("cli.version.short"),
		Long:    e.loc.T("cli.version.short"),
		Example: "  traymail version",
		Args:    noArgs(e),
		RunE: func(*cobra.Command, []string) error {
			e.printf("traymail %s\n", versionText())
			return nil
		},
	}
}
