//go:build packages

package packagetest

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// The SBOM names the version, and for each part where it is from and its
// licence, whose text goes with every copy.
func TestSBOM(t *testing.T) {
	for _, test := range []struct{ sbom, notices, known string }{
		{
			"*-linux-amd64.cdx.json", output(t, "tar", "-xzOf", dist(t, "*-linux-amd64.tar.gz"), "--wildcards", "*/THIRD-PARTY-NOTICES.txt"),
			"github.com/godbus/dbus/v5",
		},
		{
			"*-windows-amd64.cdx.json", string(zipped(t, dist(t, "*-windows-amd64.zip"))["THIRD-PARTY-NOTICES.txt"]),
			"github.com/danieljoos/wincred",
		},
	} {
		text, err := os.ReadFile(dist(t, test.sbom))
		if err != nil {
			t.Fatal(err)
		}
		var bom struct {
			BOMFormat string
			Metadata  struct {
				Timestamp string
				Component struct{ Name, Version string }
			}
			Components []struct {
				Name, Version, PURL string
				Licenses            []struct{ Expression string }
			}
		}
		if err := json.Unmarshal(text, &bom); err != nil {
			t.Fatal(err)
		}
		if c := bom.Metadata.Component; bom.BOMFormat != "CycloneDX" || c.Name != "traymail" || c.Version != version(t) || bom.Metadata.Timestamp == "" {
			t.Errorf("%s: %s, %+v", test.sbom, bom.BOMFormat, bom.Metadata)
		}
		found := false
		for _, c := range bom.Components {
			found = found || c.Name == test.known
			if c.PURL != "pkg:golang/"+c.Name+"@"+c.Version || len(c.Licenses) != 1 || c.Licenses[0].Expression == "" {
				t.Errorf("%s: %+v", test.sbom, c)
			}
			heading := "\n==== " + c.Name + " " + c.Version + ", "
			if c.Name == "std" {
				heading = "\n==== Go " + c.Version + ", "
			}
			if !strings.Contains(test.notices, heading) {
				t.Errorf("no licence of %s goes with the program", c.Name)
			}
		}
		if !found || len(bom.Components) < 30 {
			t.Errorf("%s: %d parts, with %s: %v", test.sbom, len(bom.Components), test.known, found)
		}
	}
}
