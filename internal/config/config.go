// Package config holds the settings of the program: what the operator wrote,
// read, checked and completed once, then passed by value. Nothing here is
// global and nothing changes after the start.
package config

import (
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a bare machine has no zone files, and a day must still begin in Hà Nội
	"unicode"
	"unicode/utf8"

	"sangto/internal/desk"
)

// What holds when the operator says nothing.
const (
	DefaultListen = "127.0.0.1:8080"
	DefaultZone   = "Asia/Ho_Chi_Minh"
	DefaultName   = "Sáng Tỏ"

	DefaultEmbedKind = "openai"
	DefaultLicence   = "CC-BY-4.0"
)

// nameMax is the longest name of a desk, in characters: it stands in the
// title of every page.
const nameMax = 80

// Raw is the settings as words, the way flags and environment give them.
type Raw struct {
	Data    string   // data folder; may be empty only with Demo
	Listen  string   // host:port, default DefaultListen
	DB      string   // postgres:// address, empty for the SQLite file in Data
	LockDB  string   // postgres:// address of a database of its own for the record's lock, empty for a file in Data
	URL     string   // public address; required unless Listen is a loopback address or Demo is set
	Proxies []string // networks (CIDR) or addresses of reverse proxies
	Zone    string   // name of the time zone, default DefaultZone
	TLS     string   // "off" (default) or "files"
	TLSCert string   // PEM files for "files"
	TLSKey  string
	Name    string // of the desk, default DefaultName
	Demo    bool
	// Licence is under which the open data are given, one of Licences by its
	// key; default DefaultLicence.
	Licence string
	// Embed is the address of an embedder on this machine, empty for none;
	// EmbedModel its model and EmbedKind what it speaks, default
	// DefaultEmbedKind.
	Embed, EmbedModel, EmbedKind string
	// Socket is one that was handed over, nil for none: then Listen does not
	// count.
	Socket net.Listener
	// Backup is a folder for nightly backups, empty for none, and BackupKeep for
	// how many days they are kept, 0 for as long as may be.
	Backup     string
	BackupKeep int
	// Witnesses is a policy file (C2SP tlog-policy) that names witnesses of the
	// public record and how many must sign, empty for none.
	Witnesses string
	// Organisation is the address of an OpenID Connect provider for members, with
	// the client's id, the file of its secret and what its button says.
	Organisation, OrganisationClient, OrganisationSecret, OrganisationName string
}

// Config is checked settings. The zero value is not valid; Raw.Config makes
// one, or fill the fields and call Validate.
type Config struct {
	Data    string
	Listen  string
	DB      string
	LockDB  string
	URL     *url.URL
	Proxies []netip.Prefix
	Zone    *time.Location
	Demo    bool
	TLS     TLS
	Name    string
	Licence Licence
	Embed   Embed
	Backup  Backup
	// Witnesses is the text of the policy file, nil for none.
	Witnesses []byte
	// Socket is served instead of one on Listen, if it is not nil.
	Socket net.Listener
	// Organisation is the provider members may sign in with.
	Organisation Organisation

	// assumed: URL was made up from Listen.
	assumed bool
}

// TLS says where the certificate is. The zero value serves plain HTTP.
type TLS struct{ Cert, Key string }

// Licence is a licence by its name and the address of its text.
type Licence struct{ Name, URL string }

// Licences are those under which a desk may give its checks away, by the
// identifiers of SPDX. All let others copy and search them offline; a desk that
// forbids that would be none whose word can be checked.
func Licences() map[string]Licence {
	return map[string]Licence{
		DefaultLicence: {"CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"},
		"CC-BY-SA-4.0": {"CC BY-SA 4.0", "https://creativecommons.org/licenses/by-sa/4.0/"},
		"CC0-1.0":      {"CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"},
		"ODbL-1.0":     {"ODbL 1.0", "https://opendatacommons.org/licenses/odbl/1-0/"},
	}
}

func readLicence(key string) (Licence, error) {
	if key == "" {
		key = DefaultLicence
	}
	l, ok := Licences()[key]
	if !ok {
		return Licence{}, invalid("config.error.licence", "Licence", key)
	}
	return l, nil
}

// Backup says where nightly backups go and for how many days they stay. The zero
// value makes none.
type Backup struct {
	Folder   string
	KeepDays int
}

// BackupDays is the longest a backup may stay.
const BackupDays = 14

// Embed names an embedder; package embed judges what it names. The zero value
// is none.
type Embed struct{ URL, Model, Kind string }

// On reports whether there is one.
func (e Embed) On() bool { return e.URL != "" }

// On reports whether the program serves TLS itself.
func (t TLS) On() bool { return t.Cert != "" || t.Key != "" }

// Config reads the words and validates. Every error is a *desk.Error of kind
// Invalid with a key config.error.*.
func (r Raw) Config() (Config, error) {
	c := Config{Data: r.Data, Listen: r.Listen, DB: r.DB, LockDB: r.LockDB, Demo: r.Demo, Name: r.Name, Embed: Embed{r.Embed, r.EmbedModel, r.EmbedKind}, Backup: Backup{r.Backup, r.BackupKeep}, Socket: r.Socket}
	var err error
	if c.Licence, err = readLicence(r.Licence); err != nil {
		return Config{}, err
	}
	if c.TLS, err = readTLS(r); err != nil {
		return Config{}, err
	}
	if c.Organisation, err = readOrganisation(r); err != nil {
		return Config{}, err
	}
	if c.Witnesses, err = readWitnesses(r.Witnesses); err != nil {
		return Config{}, err
	}
	if r.URL != "" {
		if c.URL, err = url.Parse(r.URL); err != nil {
			return Config{}, invalid("config.error.url", "URL", "")
		}
	}
	for _, p := range r.Proxies {
		prefix, err := readProxy(p)
		if err != nil {
			return Config{}, err
		}
		c.Proxies = append(c.Proxies, prefix)
	}
	if r.Zone != "" {
		if c.Zone, err = readZone(r.Zone); err != nil {
			return Config{}, err
		}
	}
	return c, c.Validate()
}

// Validate completes c with the defaults and reports the first setting that
// cannot be, as Raw.Config does.
func (c *Config) Validate() error {
	if err := c.complete(); err != nil {
		return err
	}
	for _, check := range []func() error{
		c.checkData, c.checkName, c.checkListen, c.checkDB, c.checkURL, c.checkProxies, c.checkTLS, c.checkEmbed, c.checkBackup,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// policyMax bounds the file that names witnesses, in bytes.
const policyMax = 64 << 10

// readWitnesses reads the policy file; whoever uses it judges what it says.
func readWitnesses(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	b, err := os.ReadFile(path)
	if err != nil || len(b) > policyMax {
		return nil, &desk.Error{Kind: desk.Invalid, Op: "read settings", Key: "config.error.witnesses", Args: map[string]any{"Path": path}, Err: err}
	}
	return b, nil
}

func (c *Config) complete() error {
	if c.Socket != nil {
		if _, ok := c.Socket.Addr().(*net.TCPAddr); !ok {
			return invalid("config.error.socket", "Addr", c.Socket.Addr().String())
		}
		c.Listen = c.Socket.Addr().String()
	}
	if c.Listen == "" {
		c.Listen = DefaultListen
	}
	if c.Name == "" {
		c.Name = DefaultName
	}
	if c.Licence == (Licence{}) {
		c.Licence = Licences()[DefaultLicence]
	}
	if c.Embed.On() && c.Embed.Kind == "" {
		c.Embed.Kind = DefaultEmbedKind
	}
	if c.Backup.KeepDays == 0 {
		c.Backup.KeepDays = BackupDays
	}
	if c.Zone == nil {
		zone, err := readZone(DefaultZone)
		if err != nil {
			return err
		}
		c.Zone = zone
	}
	return nil
}

func invalid(key string, args ...any) *desk.Error {
	e := &desk.Error{Kind: desk.Invalid, Op: "read settings", Key: key, Args: map[string]any{}}
	for i := 0; i+1 < len(args); i += 2 {
		if name, ok := args[i].(string); ok {
			e.Args[name] = args[i+1]
		}
	}
	return e
}

func (c *Config) checkData() error {
	if c.Data == "" && !c.Demo {
		return invalid("config.error.data_missing")
	}
	return nil
}

func (c *Config) checkName() error {
	if !utf8.ValidString(c.Name) || utf8.RuneCountInString(c.Name) > nameMax ||
		strings.TrimSpace(c.Name) == "" || strings.ContainsFunc(c.Name, unicode.IsControl) {
		return invalid("config.error.name", "Max", nameMax)
	}
	return nil
}

func (c *Config) checkListen() error {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil || strings.ContainsAny(host, " /@") {
		return invalid("config.error.listen_form", "Addr", c.Listen)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		return invalid("config.error.listen_form", "Addr", c.Listen)
	}
	return nil
}

// checkDB does not repeat the address: it may hold a password.
func (c *Config) checkDB() error {
	switch {
	case !addressOrNone(c.DB):
		return invalid("config.error.db")
	case !addressOrNone(c.LockDB):
		return invalid("config.error.lock_db")
	case c.LockDB != "" && c.LockDB == c.DB:
		return invalid("error.lock.shared")
	}
	return nil
}

// addressOrNone reports whether s is empty or begins as an address of PostgreSQL.
func addressOrNone(s string) bool {
	return s == "" || strings.HasPrefix(s, "postgres://") || strings.HasPrefix(s, "postgresql://")
}

// Lock is the place of the record's lock: the address of a database or the path
// of a file.
func (c *Config) Lock() string {
	if c.LockDB != "" {
		return c.LockDB
	}
	return filepath.Join(c.Data, "lock.db")
}

func (c *Config) checkURL() error {
	if c.URL == nil {
		if !c.Demo && !loopback(c.Listen) {
			return invalid("config.error.url_missing", "Addr", c.Listen)
		}
		c.URL, c.assumed = assume(c.Listen, c.TLS.On()), true
		return nil
	}
	u := c.URL
	switch {
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", u.User != nil, u.Opaque != "",
		u.RawQuery != "", u.ForceQuery, u.Fragment != "", u.Path != "" && u.Path != "/":
		return invalid("config.error.url", "URL", u.Redacted())
	case c.TLS.On() && u.Scheme != "https":
		return invalid("config.error.url_tls", "URL", u.Redacted())
	}
	c.URL = &url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host)}
	return nil
}

// checkProxies refuses to believe the whole world: then anybody could write
// himself any address, and the limits by network would mean nothing.
func (c *Config) checkProxies() error {
	for _, p := range c.Proxies {
		if !p.IsValid() || p.Bits() == 0 {
			return invalid("config.error.proxy", "Proxy", p.String())
		}
	}
	return nil
}

func (c *Config) checkTLS() error {
	if !c.TLS.On() {
		return nil
	}
	if c.TLS.Cert == "" || c.TLS.Key == "" {
		return invalid("config.error.tls_missing")
	}
	_, err := c.TLS.load()
	return err
}

// checkEmbed refuses a model without an embedder: its operator believes that it
// is in use.
func (c *Config) checkEmbed() error {
	if !c.Embed.On() && c.Embed.Model != "" {
		return invalid("config.error.embed_missing")
	}
	return nil
}

// checkBackup refuses to keep questions longer than the desk promises.
func (c *Config) checkBackup() error {
	if c.Backup.KeepDays < 1 || c.Backup.KeepDays > BackupDays {
		return invalid("backup.error.keep", "Max", BackupDays)
	}
	return nil
}

// Named reports whether the operator named the public address, rather than
// leaving it to be made up from Listen.
func (c Config) Named() bool { return c.URL != nil && !c.assumed }

// Bound returns c after the program began to listen on addr: a public address
// that was assumed from Listen then has the port that was really taken.
func (c Config) Bound(addr net.Addr) Config {
	_, port, err := net.SplitHostPort(addr.String())
	if !c.assumed || err != nil {
		return c
	}
	host, _, _ := net.SplitHostPort(c.Listen)
	c.URL = assume(net.JoinHostPort(host, port), c.TLS.On())
	return c
}

// assume makes the address under which somebody at this machine reaches
// listen.
func assume(listen string, tls bool) *url.URL {
	host, port, _ := net.SplitHostPort(listen)
	if a, err := netip.ParseAddr(host); host == "" || err == nil && a.IsUnspecified() {
		host = "localhost"
	}
	scheme := "http"
	if tls {
		scheme = "https"
	}
	return &url.URL{Scheme: scheme, Host: net.JoinHostPort(host, port)}
}

// loopback reports whether only this machine can reach listen.
func loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.Unmap().IsLoopback()
}

// Warnings names settings that are possible and probably not meant, as errors
// of kind Invalid with a key config.warning.*. c must be valid.
func (c Config) Warnings() []*desk.Error {
	var out []*desk.Error
	plain := !c.TLS.On() && len(c.Proxies) == 0
	if plain && !loopback(c.Listen) {
		out = append(out, invalid("config.warning.plain", "Addr", c.Listen))
	}
	if plain && loopback(c.Listen) && !c.assumed && !local(c.URL) {
		out = append(out, invalid("config.warning.proxy", "URL", c.URL.String()))
	}
	if c.URL.Scheme == "http" && !local(c.URL) {
		out = append(out, invalid("config.warning.http", "URL", c.URL.String()))
	}
	return out
}

// local reports whether an address names this machine.
func local(u *url.URL) bool {
	return loopback(net.JoinHostPort(u.Hostname(), "0"))
}

func readProxy(s string) (netip.Prefix, error) {
	s = strings.TrimSpace(s)
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, invalid("config.error.proxy", "Proxy", s)
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}

// readZone refuses Local: the day would then depend on how the machine was
// set up and move with it.
func readZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, invalid("config.error.zone", "Zone", name)
	}
	return zone, nil
}

func readTLS(r Raw) (TLS, error) {
	switch r.TLS {
	case "", "off":
		if r.TLSCert != "" || r.TLSKey != "" {
			return TLS{}, invalid("config.error.tls_off")
		}
		return TLS{}, nil
	case "files":
		if r.TLSCert == "" || r.TLSKey == "" {
			return TLS{}, invalid("config.error.tls_missing")
		}
		return TLS{Cert: r.TLSCert, Key: r.TLSKey}, nil
	case "auto":
		return TLS{}, invalid("config.error.tls_auto")
	}
	return TLS{}, invalid("config.error.tls", "TLS", r.TLS)
}
