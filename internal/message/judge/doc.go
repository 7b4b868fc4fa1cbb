// Package judge holds tests of package message with mail that programs of
// others wrote: Python's email, and MIME::Lite, MIME-tools, Email::MIME and
// Mail::Internet of Perl. What message reads is compared with what they put
// in, and with what decoders of others read. The tests have the build tag
// judge and need python3 and the modules of Perl; `make judge` runs them.
package judge
