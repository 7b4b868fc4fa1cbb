package platform

import "os"

// AwaitReaderGone does not return: Windows tells nobody, so that the next write
// has to.
func AwaitReaderGone(*os.File) { select {} }
