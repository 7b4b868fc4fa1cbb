// Package winrt calls objects of the Windows Runtime, and lets Go be called
// as one: the little that notifications need, without cgo. An interface is a
// table of functions whose order is all there is to go by; who calls one says
// where the order is written down.
package winrt
