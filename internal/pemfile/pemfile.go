// Package pemfile reads the PEM files that an account names: certificates and
// keys that are not the program's own.
package pemfile

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/traymail/traymail/internal/wholefile"
)

// maxPEM bounds a PEM file in bytes; all authorities of a system are a quarter
// of a megabyte.
const maxPEM = 4 << 20

// ErrNoCertificate says that a file can be read and holds no certificate.
var ErrNoCertificate = errors.New("no certificate in PEM form")

// Read reads a PEM file that an account names.
func Read(path string) ([]byte, error) { return wholefile.Read(path, maxPEM) }

// Roots reads the authorities of settings.Account.CAFile.
func Roots(path string) (*x509.CertPool, error) {
	pem, err := Read(path)
	if err != nil {
		return nil, fmt.Errorf("reading the CA file: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("reading the CA file: %w: %s", ErrNoCertificate, path)
	}
	return pool, nil
}

// KeyPair reads settings.Account.ClientCert and its ClientKey.
func KeyPair(cert, key string) (tls.Certificate, error) {
	certPEM, err := Read(cert)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("reading the client certificate: %w", err)
	}
	keyPEM, err := Read(key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("reading the key of the client certificate: %w", err)
	}
	return tls.X509KeyPair(certPEM, keyPEM)
}
