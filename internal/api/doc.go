// Package api is what crosses a border of traymail: between the engine and
// whatever shows its work, in the same process or over the local socket. It
// holds values, and knows neither where they come from nor how they are shown.
package api
