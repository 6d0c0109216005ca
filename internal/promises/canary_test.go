package promises_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// marked is one visitor, recognisable in everything that a request can carry.
type marked struct {
	i                                                             int
	address, address6, agent, referer, cookie, language, etag, id string
	phone, email, idCard, account, handle, profile, plate, sender string
	field, query, path, file, user                                string
}

// mark makes the i-th visitor. Every marker is long enough that it cannot turn
// up by chance.
func mark(i int) marked {
	return marked{
		i:        i,
		address:  fmt.Sprintf("198.%d.%d.%d", 18+i%2, 100+i/2%150, 100+i%150),
		address6: fmt.Sprintf("2001:db8:%x:%x::c4", 0x1000+i, 0x9000+i),
		agent:    fmt.Sprintf("MarkedBrowser/%06d", i),
		referer:  fmt.Sprintf("https://referring-%06d.example/thread", i),
		cookie:   fmt.Sprintf("visitor=crumb%06d", i),
		language: fmt.Sprintf("vi-x-mark%04d", i),
		etag:     fmt.Sprintf(`"seen-%06d"`, i),
		id:       fmt.Sprintf("trace-%06d-carried", i),
		phone:    fmt.Sprintf("09%d%07d", 1+i%8, 7_000_000+i*37),
		email:    fmt.Sprintf("marked.person%06d@mail.example", i),
		idCard:   fmt.Sprintf("0012%08d", 50_000_000+i*41),
		account:  fmt.Sprintf("1903%09d", 500_000_000+i*43),
		handle:   fmt.Sprintf("@marked_%06d", i),
		profile:  fmt.Sprintf("https://www.facebook.com/marked.profile.%06d/posts/77", i),
		plate:    fmt.Sprintf("29A-%03d.%02d", 100+i%900, 10+i/10%90),
		sender:   fmt.Sprintf("Nguyễn Đánh Dấu %s", strings.ToUpper(words(i)[:5])),
		field:    fmt.Sprintf("stray-field-%06d", i),
		query:    fmt.Sprintf("campaign-%06d", i),
		path:     fmt.Sprintf("marked-path-%06d", i),
		file:     fmt.Sprintf("IMG_marked_%06d.jpg", i),
		user:     fmt.Sprintf("signed-in-user-%06d", i),
	}
}

// all returns every marker by its kind. The plate and the sender's name are
// short or shared by chance with others and are tested by redact itself.
func (m marked) all() map[string]string {
	return map[string]string{
		"address": m.address, "IPv6 address": m.address6, "browser": m.agent, "referring page": m.referer,
		"cookie": strings.TrimPrefix(m.cookie, "visitor="), "language": m.language, "etag": strings.Trim(m.etag, `"`), "request id": m.id,
		"phone": m.phone, "phone, spaced": spaced(m.phone), "e-mail": m.email, "identity card": m.idCard, "account": m.account,
		"handle": m.handle[1:], "profile": fmt.Sprintf("marked.profile.%06d", m.i),
		"stray field": m.field, "query": m.query, "path": m.path, "file name": m.file, "signed-in user": m.user,
	}
}

// spaced writes a number as people do.
func spaced(digits string) string { return digits[:4] + " " + digits[4:7] + " " + digits[7:] }

// message is what the visitor pastes: words of their own among identifiers in
// several spellings.
func (m marked) message() string {
	return fmt.Sprintf("Người gửi: %s\nCó đúng là %s không? Gọi %s hoặc %s, zalo %s, thư %s, cccd %s, stk %s, xe %s.\n%s\n— Người Đăng (%s)",
		m.sender, words(m.i), m.phone, spaced(m.phone), strings.ReplaceAll(spaced(m.phone), " ", "."), m.email, m.idCard, m.account, m.plate, m.profile, m.handle)
}

// dress puts the markers into the request's headers, the names a proxy or a
// network would use included.
func (m marked) dress(req *http.Request) {
	for name, value := range map[string]string{
		"X-Forwarded-For": m.address + ", " + m.address6, "X-Real-IP": m.address, "Forwarded": "for=" + m.address,
		"True-Client-IP": m.address, "CF-Connecting-IP": m.address6, "X-Client-IP": m.address, "X-Cluster-Client-IP": m.address,
		"User-Agent": m.agent, "Sec-CH-UA-Model": m.agent, "Referer": m.referer, "Cookie": m.cookie,
		"Accept-Language": m.language, "If-None-Match": m.etag, "X-Request-ID": m.id, "Traceparent": m.id,
		"Via": "1.1 " + m.id, "DNT": m.id, "From": m.email,
	} {
		req.Header.Set(name, value)
	}
	if req.URL.RawQuery == "" {
		req.URL.RawQuery = "utm_source=" + m.query
	}
}

// TestMarkedRequestsLeaveNothing sends requests in which everything is marked
// through the running program, and searches the data folder, the log, the
// temporary folder and the home folder, while it runs, after kill -9 and after
// a clean stop.
func TestMarkedRequestsLeaveNothing(t *testing.T) {
	t.Parallel()
	n := size(120, 1000, 10_000)
	p := newPlace(t)
	s := p.serve(t)
	tokens := p.tokens(t, n/3+1)
	started := time.Now()
	inParallel(8, n, func(i int) { p.visit(t, mark(i), tokens[i/3]) })
	inParallel(8, jsonKinds, func(i int) { p.call(t, mark(n+rawKinds+i), i) })
	p.rawVisits(t, n)
	t.Logf("%d marked requests in %s", n, time.Since(started).Round(time.Millisecond))

	own := newScanner()
	for i := 0; i < n; i += 3 {
		own.addBytes("the question's own words", []byte(words(i)))
	}
	searched, spellings := 0, 0
	search := func(when string) {
		hits, size, known := huntMarks(t, p.root, n+rawKinds+jsonKinds)
		searched, spellings = searched+size, known
		t.Logf("%s: %d bytes searched for %d spellings, %d hits", when, size, known, len(hits))
		for i, h := range hits {
			if i == 20 {
				t.Errorf("… and %d more", len(hits)-i)
				break
			}
			t.Errorf("%s: %s", when, h)
		}
	}
	// A backup is one more place for what should be nowhere.
	if out, errs, code := p.run(t, "", "backup", "--data", p.data(), "--to", filepath.Join(p.root, "backup.tar"), "--json"); code != 0 {
		t.Fatalf("backup exits %d:\n%s%s", code, out, errs)
	}
	search("while it runs")
	if hits, _ := own.searchTree(t, p.data()); len(hits) < n/3 {
		t.Errorf("only %d of %d questions were found: the search is looking in the wrong place", len(hits), n/3)
	}
	s.kill()
	search("after kill -9")
	s = p.serve(t)
	s.stop(t)
	search("after a clean stop")
	if left := filesBelow(t, p.temp()); len(left) > 0 {
		t.Errorf("left in the temporary folder: %q", left)
	}
	t.Attr("marked_requests", fmt.Sprint(n+rawKinds+jsonKinds))
	t.Attr("spellings_sought", fmt.Sprint(spellings))
	t.Attr("MiB_searched", fmt.Sprint(searched>>20))
	t.Attr("marks_found", "0")
}

// huntMarks searches a folder for every spelling of the marks of the first n
// visitors, some visitors at a time: all at once would take gigabytes.
func huntMarks(t *testing.T, root string, n int) (hits []string, size, known int) {
	t.Helper()
	const together = 2500
	for first := 0; first < n; first += together {
		hunt := newScanner()
		for i := first; i < min(n, first+together); i++ {
			for what, marker := range mark(i).all() {
				hunt.add(what, marker)
			}
		}
		found, bytes := hunt.searchTree(t, root)
		hits, size, known = append(hits, found...), size+bytes, known+len(hunt.known)
	}
	return hits, size, known
}

// visit is one marked request: a third ask, the others look up, track, read
// and go astray.
func (p *place) visit(t *testing.T, m marked, token string) {
	var got page
	var err error
	form := url.Values{"text": {m.message()}, "token": {token}, "receipt": {"yes"}, "name": {m.field}, "code": {m.field}}
	switch m.i % 3 {
	case 0:
		got, err = patiently(func() (page, error) { return p.post("/ask", form, m.dress) })
	case 1:
		got, err = patiently(func() (page, error) { return p.post([]string{"/lookup", "/en/lookup"}[m.i/3%2], form, m.dress) })
	default:
		p.stray(t, m, form)
		return
	}
	if err != nil || got.status != http.StatusOK {
		t.Errorf("request %d: status %d, %v", m.i, got.status, err)
	}
}

// jsonKinds is how many marked calls of the JSON interface there are.
const jsonKinds = 12

// call is one marked call: taken, refused, damaged.
func (p *place) call(t *testing.T, m marked, kind int) {
	text, err := json.Marshal(m.message())
	if err != nil {
		t.Fatal(err)
	}
	lookup := `{"text":` + string(text) + `}`
	token := ""
	if kind == 11 {
		token = p.tokens(t, 1)[0]
	}
	path, body, want := "/api/v1/lookup", lookup, http.StatusBadRequest
	dress := []func(*http.Request){m.dress}
	switch kind {
	case 0:
		want = http.StatusOK
	case 1:
		body = `{"text":` + string(text) + `,"` + m.field + `":` + string(text) + `}`
	case 2:
		body = `[` + lookup + `]`
	case 3:
		body = lookup[:len(lookup)-9]
	case 4:
		dress = append(dress, func(r *http.Request) { r.Header.Set("X-Forwarded-User", m.user) })
	case 5:
		path, body = "/api/v1/track", `{"receipt":"`+m.field+`"}`
	case 6:
		path, body, want = "/api/v1/ask", `{"token":"`+m.field+`","text":`+string(text)+`}`, http.StatusForbidden
	case 7:
		path, body, want = "/api/v1/checks/"+m.path+"/contest", `{"token":"`+m.field+`","kind":"reply","text":`+string(text)+`}`, http.StatusNotFound
	case 8:
		path, want = "/api/v1/"+m.path, http.StatusNotFound
	case 9:
		dress = append(dress, func(r *http.Request) { r.Header.Set("Content-Type", "text/"+m.field) })
		want = http.StatusUnsupportedMediaType
	case 10:
		path, body = "/api/v1/withdraw", `{"receipt":"`+m.field+`","confirm":true}`
	case 11:
		path, body, want = "/api/v1/ask", `{"token":"`+token+`","text":`+string(text)+`,"receipt":true}`, http.StatusOK
	}
	got, err := patiently(func() (page, error) { return p.postJSON(path, body, dress...) })
	if err != nil || got.status != want {
		t.Errorf("call %d: status %d, want %d, %v: %s", kind, got.status, want, err, got.body)
	}
}

// stray is a request that is refused or finds nothing: mistakes are where
// programs log.
func (p *place) stray(t *testing.T, m marked, form url.Values) {
	var got page
	var err error
	wantRefusal := true
	switch m.i / 3 % 8 {
	case 0:
		got, err = p.get("/c/"+m.path, m.dress)
	case 1:
		got, err = p.get("/"+m.path+"?text="+url.QueryEscape(m.message()), m.dress)
	case 2:
		got, err = patiently(func() (page, error) {
			return p.post("/lookup", form, m.dress, func(r *http.Request) { r.Header.Set("X-Forwarded-User", m.user) })
		})
	case 3:
		got, err = patiently(func() (page, error) { return p.post("/track", form, m.dress) })
	case 4:
		form.Set("token", m.field)
		got, err = patiently(func() (page, error) { return p.post("/ask", form, m.dress) })
	case 5:
		got, err = patiently(func() (page, error) { return p.picture(m) })
		wantRefusal = false // a message with a picture beside it is a message
	case 6:
		form.Set("text", strings.Repeat(m.message()+"\n", 400))
		got, err = patiently(func() (page, error) { return p.post("/lookup", form, m.dress) })
	case 7:
		got, err = p.get("/lookup?text="+url.QueryEscape(m.message()), m.dress)
		wantRefusal = false // whoever opens the form's address by hand is led to the box
		if where := got.header.Get("Location"); strings.Contains(where, "?") {
			t.Errorf("request %d is led to %s, words and all", m.i, where)
		}
	}
	if err != nil || wantRefusal && got.status < 400 || got.status == http.StatusInternalServerError {
		t.Errorf("stray request %d: status %d, %v", m.i, got.status, err)
	}
}

// picture sends a form with a large marked file, which a careless parser
// spills to a temporary file.
func (p *place) picture(m marked) (page, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	_ = w.WriteField("text", m.message())
	part, err := w.CreateFormFile("picture", m.file)
	if err != nil {
		return page{}, err
	}
	_, _ = part.Write(bytes.Repeat([]byte(m.email+" "+m.phone+"\n"), 1000))
	_ = w.Close()
	req, err := http.NewRequest(http.MethodPost, p.url()+"/lookup", &b)
	if err != nil {
		return page{}, err
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	return send(req, []func(*http.Request){m.dress})
}

// rawKinds is how many malformed requests rawVisits sends.
const rawKinds = 6

// rawVisits sends what no HTTP library would: the server's own complaints
// about it must not be written down either.
func (p *place) rawVisits(t *testing.T, first int) {
	t.Helper()
	for kind := range rawKinds {
		m := mark(first + kind)
		conn, err := net.Dial("tcp", p.addr)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
		fmt.Fprint(conn, []string{
			"\x16\x03\x01\x02\x00 " + m.agent + m.field,
			"GET /" + m.path + " HTTP/1.1\r\nHost: " + m.path + "\r\nBroken header " + m.field + "\r\n\r\n",
			"BREW /" + m.path + " HTTP/1.1\r\nHost: x\r\nUser-Agent: " + m.agent + "\r\n\r\n",
			"POST /ask HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\nUser-Agent: " + m.agent + "\r\n\r\ntext=" + m.email,
			"GET /%zz" + m.path + " HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: " + m.address + "\r\n\r\n",
			"POST /lookup HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: " + m.field + "\r\n\r\nZZ\r\n" + m.email,
		}[kind])
		if kind == 3 {
			_ = conn.Close() // gone in the middle of the words
			continue
		}
		_, _ = conn.Read(make([]byte, 1024))
		_ = conn.Close()
	}
}

func filesBelow(t *testing.T, root string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, path)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return out
}
