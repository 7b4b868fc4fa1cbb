// Package servertest runs the POP3 client against the servers that people
// have: Dovecot, Courier, Cyrus, GNU Mailutils and popa3d, each from its
// Debian package and on loopback, and compares what it reads with curl and
// mpop. It holds tests only, with the build tag servers; they run as root,
// because each server lives in a root folder of its own.
package servertest
