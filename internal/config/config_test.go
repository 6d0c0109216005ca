package config_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sangto/internal/config"
	"sangto/internal/desk"
)

func key(err error) string {
	var e *desk.Error
	if errors.As(err, &e) {
		return e.Key
	}
	return ""
}

func TestDefaults(t *testing.T) {
	c, err := config.Raw{Data: "d"}.Config()
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:8080" || c.URL.String() != "http://127.0.0.1:8080" || c.Name == "" || c.TLS.On() {
		t.Errorf("defaults: %+v, URL %v", c, c.URL)
	}
	// 20:00 UTC is already the next day in Hà Nội.
	at := time.Date(2026, 3, 1, 20, 0, 0, 0, time.UTC)
	if got := desk.DayOf(at, c.Zone).String(); got != "2026-03-02" {
		t.Errorf("day in the default zone is %s", got)
	}
	if w := c.Warnings(); len(w) != 0 {
		t.Errorf("warnings on a desk of this machine alone: %v", w)
	}
}

func TestPublicAddress(t *testing.T) {
	for _, c := range []struct {
		name string
		raw  config.Raw
		url  string
		key  string
	}{
		{"loopback", config.Raw{Listen: "127.0.0.1:80"}, "http://127.0.0.1:80", ""},
		{"loopback v6", config.Raw{Listen: "[::1]:80"}, "http://[::1]:80", ""},
		{"localhost", config.Raw{Listen: "localhost:80"}, "http://localhost:80", ""},
		{"all addresses", config.Raw{Listen: ":80"}, "", "url_missing"},
		{"all v4", config.Raw{Listen: "0.0.0.0:80"}, "", "url_missing"},
		{"a network", config.Raw{Listen: "192.168.1.5:80"}, "", "url_missing"},
		{"a name", config.Raw{Listen: "desk.example:80"}, "", "url_missing"},
		{"demo on all addresses", config.Raw{Listen: ":80", Demo: true}, "http://localhost:80", ""},
		{"given", config.Raw{Listen: ":80", URL: "https://Desk.Example/"}, "https://desk.example", ""},
		{"given with port", config.Raw{Listen: ":80", URL: "http://desk.example:8080"}, "http://desk.example:8080", ""},
		{"no scheme", config.Raw{URL: "desk.example"}, "", "url"},
		{"other scheme", config.Raw{URL: "ftp://desk.example"}, "", "url"},
		{"password", config.Raw{URL: "https://a:geheim@desk.example"}, "", "url"},
		{"path", config.Raw{URL: "https://desk.example/desk"}, "", "url"},
		{"query", config.Raw{URL: "https://desk.example?x"}, "", "url"},
		{"fragment", config.Raw{URL: "https://desk.example#x"}, "", "url"},
		{"no host", config.Raw{URL: "https://:80"}, "", "url"},
		{"broken", config.Raw{URL: "https://[desk"}, "", "url"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.raw.Data = "d"
			got, err := c.raw.Config()
			if c.key != "" {
				if key(err) != "config.error."+c.key || desk.KindOf(err) != desk.Invalid {
					t.Errorf("error %v, want config.error.%s", err, c.key)
				}
				var e *desk.Error
				if errors.As(err, &e) {
					if s, _ := e.Args["URL"].(string); strings.Contains(s, "geheim") {
						t.Errorf("the sentence repeats the password: %s", s)
					}
				}
				return
			}
			if err != nil || got.URL.String() != c.url {
				t.Errorf("URL %v, %v; want %s", got.URL, err, c.url)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name string
		raw  config.Raw
		key  string
	}{
		{"no data", config.Raw{}, "data_missing"},
		{"listen without port", config.Raw{Data: "d", Listen: "127.0.0.1"}, "listen_form"},
		{"listen as link", config.Raw{Data: "d", Listen: "http://127.0.0.1:80"}, "listen_form"},
		{"port too large", config.Raw{Data: "d", Listen: "127.0.0.1:65536"}, "listen_form"},
		{"port by name", config.Raw{Data: "d", Listen: "127.0.0.1:http"}, "listen_form"},
		{"port with plus", config.Raw{Data: "d", Listen: "127.0.0.1:+80"}, "listen_form"},
		{"mysql", config.Raw{Data: "d", DB: "mysql://x"}, "db"},
		{"a lock in a file elsewhere", config.Raw{Data: "d", LockDB: "/elsewhere/lock.db"}, "lock_db"},
		{"zone", config.Raw{Data: "d", Zone: "Hanoi"}, "zone"},
		{"zone of the machine", config.Raw{Data: "d", Zone: "Local"}, "zone"},
		{"zone outside its folder", config.Raw{Data: "d", Zone: "../../etc/passwd"}, "zone"},
		{"proxy by name", config.Raw{Data: "d", Proxies: []string{"nginx"}}, "proxy"},
		{"the whole internet", config.Raw{Data: "d", Proxies: []string{"0.0.0.0/0"}}, "proxy"},
		{"the whole internet v6", config.Raw{Data: "d", Proxies: []string{"::/0"}}, "proxy"},
		{"mapped whole internet", config.Raw{Data: "d", Proxies: []string{"::ffff:0.0.0.0/96"}}, "proxy"},
		{"tls auto", config.Raw{Data: "d", TLS: "auto"}, "tls_auto"},
		{"tls maybe", config.Raw{Data: "d", TLS: "on"}, "tls"},
		{"tls without key", config.Raw{Data: "d", TLS: "files", TLSCert: "c"}, "tls_missing"},
		{"certificate without tls", config.Raw{Data: "d", TLSCert: "c"}, "tls_off"},
		{"tls without files", config.Raw{Data: "d", TLS: "files", TLSCert: "/nowhere", TLSKey: "/nowhere"}, "tls_files"},
		{"tls and http", config.Raw{Data: "d", TLS: "files", TLSCert: "c", TLSKey: "k", URL: "http://desk.example"}, "url_tls"},
		{"two lines of name", config.Raw{Data: "d", Name: "a\nb"}, "name"},
		{"long name", config.Raw{Data: "d", Name: strings.Repeat("ộ", 81)}, "name"},
		{"blank name", config.Raw{Data: "d", Name: "  "}, "name"},
		{"a model and no embedder", config.Raw{Data: "d", EmbedModel: "m"}, "embed_missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := c.raw.Config(); key(err) != "config.error."+c.key {
				t.Errorf("%v, want config.error.%s", err, c.key)
			}
		})
	}
}

func TestDatabasePasswordStaysOut(t *testing.T) {
	_, err := config.Raw{Data: "d", DB: "mysql://u:geheim@h"}.Config()
	var e *desk.Error
	if !errors.As(err, &e) || strings.Contains(e.Error(), "geheim") || len(e.Args) != 0 {
		t.Errorf("error %v, args %v", err, e.Args)
	}
}

func TestProxies(t *testing.T) {
	c, err := config.Raw{Data: "d", Proxies: []string{"10.1.2.3/8", " 127.0.0.1", "::1", "::ffff:192.0.2.0/120"}}.Config()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range c.Proxies {
		got = append(got, p.String())
	}
	if want := "10.0.0.0/8 127.0.0.1/32 ::1/128 192.0.2.0/24"; strings.Join(got, " ") != want {
		t.Errorf("proxies %v, want %s", got, want)
	}
}

func TestWarnings(t *testing.T) {
	cert, certKey := pair(t, t.TempDir(), "one")
	for _, c := range []struct {
		name string
		raw  config.Raw
		want string
	}{
		{"open and plain", config.Raw{Listen: ":80", URL: "https://desk.example"}, "plain"},
		{"open, plain and http", config.Raw{Listen: ":80", URL: "http://desk.example"}, "plain http"},
		{"open demo", config.Raw{Listen: ":80", Demo: true}, "plain"},
		{"open behind a proxy", config.Raw{Listen: ":80", URL: "https://desk.example", Proxies: []string{"10.0.0.0/8"}}, ""},
		{"loopback behind a proxy nobody declared", config.Raw{URL: "https://desk.example"}, "proxy"},
		{"loopback behind a declared proxy", config.Raw{URL: "https://desk.example", Proxies: []string{"127.0.0.1"}}, ""},
		{"tls", config.Raw{Listen: ":443", URL: "https://desk.example", TLS: "files", TLSCert: cert, TLSKey: certKey}, ""},
		{"http behind a proxy", config.Raw{URL: "http://desk.example", Proxies: []string{"127.0.0.1"}}, "http"},
		{"a link to this machine", config.Raw{URL: "http://localhost:8080"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.raw.Data = "d"
			cfg, err := c.raw.Config()
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, w := range cfg.Warnings() {
				got = append(got, strings.TrimPrefix(w.Key, "config.warning."))
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("warnings %v, want %q", got, c.want)
			}
		})
	}
}

func TestBound(t *testing.T) {
	addr := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4711}
	c, err := config.Raw{Data: "d", Listen: "127.0.0.1:0"}.Config()
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Bound(addr).URL.String(); got != "http://127.0.0.1:4711" {
		t.Errorf("assumed address became %s", got)
	}
	c, err = config.Raw{Data: "d", Listen: "127.0.0.1:0", URL: "https://desk.example"}.Config()
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Bound(addr).URL.String(); got != "https://desk.example" {
		t.Errorf("given address became %s", got)
	}
}

func TestTLSRenewal(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := pair(t, dir, "one")
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	server, err := config.TLS{Cert: certFile, Key: keyFile}.Server(func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	serves := func(want string) {
		t.Helper()
		cert, err := server.GetCertificate(nil)
		if err != nil || cert.Leaf.Subject.CommonName != want {
			t.Errorf("serves %v, %v; want %s", cert.Leaf.Subject.CommonName, err, want)
		}
	}
	serves("one")
	pair(t, dir, "two")
	later := time.Now().Add(time.Hour)
	for _, f := range []string{certFile, keyFile} {
		if err := os.Chtimes(f, later, later); err != nil {
			t.Fatal(err)
		}
	}
	serves("one")
	now = now.Add(-24 * time.Hour) // a clock set back must not put the renewal off
	serves("two")
	if err := os.WriteFile(certFile, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * time.Minute)
	serves("two")
	if err := os.Remove(certFile); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * time.Minute)
	serves("two")
}

func pair(t *testing.T, dir, name string) (certFile, keyFile string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"desk.example"}, NotAfter: time.Now().Add(time.Hour)}
	template.Subject.CommonName = name
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

// TestLock: the place of the record's lock is a file in the data folder, or a
// database that is not the desk's.
func TestLock(t *testing.T) {
	c, err := config.Raw{Data: "d"}.Config()
	if err != nil || c.Lock() != filepath.Join("d", "lock.db") {
		t.Errorf("%q, %v", c.Lock(), err)
	}
	c, err = config.Raw{Data: "d", DB: "postgres://h/desk", LockDB: "postgres://h/lock"}.Config()
	if err != nil || c.Lock() != "postgres://h/lock" {
		t.Errorf("%q, %v", c.Lock(), err)
	}
	_, err = config.Raw{Data: "d", DB: "postgres://h/desk", LockDB: "postgres://h/desk"}.Config()
	var e *desk.Error
	if !errors.As(err, &e) || e.Key != "error.lock.shared" {
		t.Errorf("one database for both: %v", err)
	}
}
