// Package packagetest installs what scripts/package.sh has put into dist and
// looks whether it works. It holds tests only; most have the build tag
// packages and run as root, because a package is installed into a root of its
// own.
package packagetest

// repository is where the source is.
const repository = "../.."
