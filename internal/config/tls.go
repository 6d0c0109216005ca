package config

import (
	"crypto/tls"
	"os"
	"sync"
	"time"
)

// certCheck is how often a certificate file is looked at for a renewal.
const certCheck = time.Minute

// Server returns the settings of a TLS listener: version 1.2 or later, HTTP/2,
// and a certificate that is read again when its file changes, so that a
// renewal needs no restart. A renewal that cannot be read leaves the old
// certificate in use. It returns nil if TLS is off. The error is a *desk.Error
// with key config.error.tls_files.
func (t TLS) Server(clock func() time.Time) (*tls.Config, error) {
	if !t.On() {
		return nil, nil
	}
	cert, err := t.load()
	if err != nil {
		return nil, err
	}
	r := &renewing{files: t, clock: clock, cert: cert, looked: clock(), changed: t.changed()}
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: r.get,
	}, nil
}

func (t TLS) load() (*tls.Certificate, error) {
	cert, err := tls.LoadX509KeyPair(t.Cert, t.Key)
	if err != nil {
		e := invalid("config.error.tls_files", "Cert", t.Cert, "Key", t.Key)
		e.Err = err
		return nil, e
	}
	return &cert, nil
}

// changed is when the files were last written, zero if that cannot be read.
func (t TLS) changed() time.Time {
	var latest time.Time
	for _, name := range []string{t.Cert, t.Key} {
		info, err := os.Stat(name)
		if err != nil {
			return time.Time{}
		}
		if info.ModTime().After(latest) {
			latest = info.ModTime()
		}
	}
	return latest
}

// renewing holds the certificate in use.
type renewing struct {
	files   TLS
	clock   func() time.Time
	mu      sync.Mutex
	cert    *tls.Certificate
	looked  time.Time
	changed time.Time
}

func (r *renewing) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock()
	if since := now.Sub(r.looked); since >= 0 && since < certCheck {
		return r.cert, nil
	}
	r.looked = now
	changed := r.files.changed()
	if changed.IsZero() || changed.Equal(r.changed) {
		return r.cert, nil
	}
	if cert, err := r.files.load(); err == nil {
		r.cert, r.changed = cert, changed
	}
	return r.cert, nil
}
