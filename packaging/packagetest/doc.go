// Package packagetest installs what scripts/package.sh has put into dist and
// looks whether it works. It holds tests only, with the build tag packages;
// they run as root, because a package is installed into a root of its own.
package packagetest
