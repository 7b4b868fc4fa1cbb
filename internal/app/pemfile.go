package app

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/traymail/traymail/internal/wholefile"
)

// Codes of the problems with the PEM files of an account.
const (
	codeCAFile     = "ca-file"
	codeClientCert = "client-cert"
)

// maxPEM bounds a PEM file in bytes; all authorities of a system are a quarter
// of a megabyte.
const maxPEM = 4 << 20

// ErrNoCertificate says that a file can be read and holds no certificate.
var ErrNoCertificate = errors.New("no certificate in PEM form")

// ReadPEM reads a PEM file that an account names.
func ReadPEM(path string) ([]byte, error) { return wholefile.Read(path, maxPEM) }

// ReadRoots reads the authorities of settings.Account.CAFile.
func ReadRoots(path string) (*x509.CertPool, error) {
	pem, err := ReadPEM(path)
	if err != nil {
		return nil, fmt.Errorf("reading the CA file: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("reading the CA file: %w: %s", ErrNoCertificate, path)
	}
	return pool, nil
}

// readKeyPair reads settings.Account.ClientCert and its ClientKey.
func readKeyPair(cert, key string) (tls.Certificate, error) {
	certPEM, err := ReadPEM(cert)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("reading the client certificate: %w", err)
	}
	keyPEM, err := ReadPEM(key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("reading the key of the client certificate: %w", err)
	}
	return tls.X509KeyPair(certPEM, keyPEM)
}
