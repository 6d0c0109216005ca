package gate

import (
	"net/http"
	"strings"
)

// PageClass says what sort of page a handler serves, which decides the headers
// that depend on it.
type PageClass uint8

const (
	// Form is for pages that carry a person's words or code, or a form that
	// will: ask, look-up answers, track. Never stored by a browser, never
	// indexed, no ETag, padded to 16 KiB steps.
	Form PageClass = iota
	// Page is for published pages. They link out, so they send no referrer.
	Page
	// Front is for published pages that hold a form: the box on the home page.
	// They are stored and indexed like a Page, but their forms must arrive
	// with an Origin.
	Front
	// Asset is for files whose address holds a hash of their content.
	Asset
	// Open is for published data that programs read: feeds, the log, the JSON
	// interface, dumps, pictures of checks. Stored and tagged like a Page, and
	// the only class that pages of other sites may read, by GET and without
	// credentials. Never for an answer to a person's words.
	Open
	// Download is Open for files that are taken away and not shown: a browser
	// that is led to show one anyway runs nothing in it, as if it were of a site
	// of its own. Writing one out may take as long as the reader reads.
	Download
	// Embed is for the card of one check that other sites may show in a frame, the
	// only class that may be framed. It holds no form and no box, runs nothing
	// and asks for nothing, and is not indexed: the check's own page is.
	Embed
	// Desk is for the pages of members, behind Staff: never stored, never
	// indexed, with a cookie, and with the scripts that carry their nonce.
	Desk
)

// publicCSP lets a page load styles, pictures and fonts of its own site, send
// forms to it, and nothing else. No script source is named, so none runs: a
// block of application/ld+json is data, which the policy does not concern.
const publicCSP = "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// downloadCSP puts a file that a browser shows although it is a download into a
// box of its own: no script, no form, no window, no part of this site.
const downloadCSP = "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// embedCSP lets any site frame the card of a check, which can send no form. Its
// style sheet is all it loads.
const embedCSP = "default-src 'none'; style-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors *"

// deskCSP lets a page of the desk run the scripts that carry the answer's own
// nonce and nothing else. Those scripts talk to this site alone and cannot
// write markup into the page: trusted types are demanded and none can be made.
func deskCSP(nonce string) string {
	return "default-src 'none'; script-src 'nonce-" + nonce + "'; style-src 'self'; img-src 'self'; font-src 'self'; " +
		"connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; " +
		"require-trusted-types-for 'script'; trusted-types 'none'"
}

// permissions names every feature that browsers let a policy switch off and
// that they know under this name; a name they do not know would only fill the
// reader's console.
const permissions = "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), " +
	"fullscreen=(), geolocation=(), gyroscope=(), hid=(), identity-credentials-get=(), idle-detection=(), " +
	"local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), " +
	"publickey-credentials-create=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), " +
	"storage-access=(), usb=(), window-management=(), xr-spatial-tracking=()"

// deskPermissions give the desk's own pages the two features that passkeys are.
func deskPermissions() string {
	return strings.NewReplacer(
		"publickey-credentials-create=()", "publickey-credentials-create=(self)",
		"publickey-credentials-get=()", "publickey-credentials-get=(self)",
	).Replace(permissions)
}

// hsts is sent only where the public address is https; on a plain-http desk in
// a local network it would lock its readers out.
const hsts = "max-age=31536000; includeSubDomains"

// Cache lifetimes. Published pages are asked for again each time, so that a
// correction is seen at once; the ETag keeps that cheap.
const (
	cacheNever   = "no-store"
	cacheCheck   = "no-cache"
	cacheForever = "public, max-age=31536000, immutable"
)

// referrer returns the policy of the class. With no-referrer a browser posts
// "Origin: null", which the cross-origin check must refuse when the browser
// sends no Sec-Fetch-Site; so every page with a form says same-origin. Neither
// tells another site anything.
func (c PageClass) referrer() string {
	if c == Form || c == Front || c == Desk {
		return "same-origin"
	}
	return "no-referrer"
}

func (c PageClass) cache() string {
	switch c {
	case Page, Front, Open, Download, Embed:
		return cacheCheck
	case Asset:
		return cacheForever
	}
	return cacheNever
}

// enforce sets the headers that no handler may change, and takes out those
// that no public answer may have. It runs last, just before the status line.
func (p *response) enforce() {
	h := p.Header()
	h.Set("Content-Security-Policy", p.policy())
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-DNS-Prefetch-Control", "off")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", p.readers())
	h.Set("Permissions-Policy", p.permissions())
	h.Set("Referrer-Policy", p.class.referrer())
	if p.gate.https {
		h.Set("Strict-Transport-Security", hsts)
	}
	for _, name := range []string{"Server", "X-Powered-By", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"} {
		h.Del(name)
	}
	if p.open() {
		h.Set("Access-Control-Allow-Origin", "*")
	}
	if p.class != Desk {
		h.Del("Set-Cookie")
	}
	if p.class == Embed {
		h.Set("X-Robots-Tag", "noindex")
	}
	if p.private() {
		h.Set("X-Robots-Tag", "noindex")
		h.Del("Etag")
		h.Del("Last-Modified")
	}
	switch {
	case p.private() || p.status >= http.StatusBadRequest:
		h.Set("Cache-Control", cacheNever)
		h.Del("Etag")
	case h.Get("Cache-Control") == "":
		h.Set("Cache-Control", p.class.cache())
	}
	if h.Get("Content-Type") == "" && p.hasBody() {
		h.Set("Content-Type", "text/plain; charset=utf-8")
	}
	if compressible(h.Get("Content-Type")) {
		h.Add("Vary", "Accept-Encoding")
	}
}

// private reports whether the answer may hold a person's words or code.
func (p *response) private() bool {
	return p.class == Form || p.class == Desk || p.method == http.MethodPost
}

// open reports whether pages of other sites may read the answer.
func (p *response) open() bool {
	return (p.class == Open || p.class == Download) && (p.method == http.MethodGet || p.method == http.MethodHead)
}

// embeds reports whether the answer is a card; a page that says why there is
// none is framed nowhere.
func (p *response) embeds() bool { return p.class == Embed && p.status < http.StatusBadRequest }

// readers is the Cross-Origin-Resource-Policy: who may embed the answer.
func (p *response) readers() string {
	if p.open() || p.embeds() {
		return "cross-origin"
	}
	return "same-origin"
}

func (p *response) policy() string {
	switch {
	case p.class == Desk:
		return deskCSP(p.nonce)
	case p.class == Download && p.status < http.StatusBadRequest:
		return downloadCSP
	case p.embeds():
		return embedCSP
	}
	return publicCSP // also of the page that says that a file is not there
}

func (p *response) permissions() string {
	if p.class == Desk {
		return deskPermissions()
	}
	return permissions
}

// acceptsGzip reads Accept-Encoding far enough to know whether gzip is wanted.
func acceptsGzip(r *http.Request) bool {
	other := false
	for item := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, params, _ := strings.Cut(item, ";")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "gzip", "x-gzip":
			return !zeroWeight(params)
		case "*":
			other = !zeroWeight(params)
		}
	}
	return other
}

func zeroWeight(params string) bool {
	weight, ok := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(params), " ", ""), "q=")
	return ok && strings.Trim(weight, "0.") == ""
}

// compressible reports whether gzip is worth its time for a content type.
func compressible(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	if strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "+json") || strings.HasSuffix(kind, "+xml") {
		return true
	}
	switch kind {
	case "application/json", "application/xml", "application/javascript", "application/manifest+json":
		return true
	}
	return false
}
