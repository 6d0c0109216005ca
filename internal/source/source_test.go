package source_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/source"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		"https://www.bbc.com/vietnamese":                     "https://www.bbc.com/vietnamese",
		" HTTPS://A.Example:443/x?utm_source=a&b=1#frag ":    "https://a.example/x?b=1",
		"http://a.example:80":                                "http://a.example/",
		"http://a.example:443/":                              "http://a.example:443/",
		"https://a.example/?fbclid=1&gclid=2&zarsrc=3&q=đập": "https://a.example/?q=đập",
		"https://a.example/?mail=me%40a.example&id=4":        "https://a.example/?id=4",
		"https://a.example/x/../y/./z":                       "https://a.example/y/z",
		"https://Tênmiền.vn/":                                "https://xn--tnmin-hsa0954c.vn/",
		"https://a.example./":                                "https://a.example/",
		"https://ａ.ｅxample/":                                 "https://a.example/",
	} {
		u, err := source.Parse(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if got := u.String(); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
		if again, err := source.Parse(u.String()); err != nil || again.String() != u.String() {
			t.Errorf("%s: the normal form is not its own: %v %v", in, again, err)
		}
	}
	for _, in := range []string{
		"", "a.example", "//a.example/", "https://", "https://localhost/", "https://a/", "https://127.0.0.1/", "https://0x7f.1/", "https://2130706433/",
		"https://0177.0.0.1/", "https://[::1]/", "https://127.1/", "https://１２７.0.0.1/", "https://a.example@127.0.0.1/", "https://u:p@a.example/",
		"https://a.example\\@b.example/", "https://a.example/ x", "https://a.internal/", "https://printer.local/", "https://a..example/", "https://-a.example/",
		"https://a_b.example/", "https://a.example:x/", "https://%61.example.%31/", "https://a.example/" + strings.Repeat("x", source.AddressMax), "https://①②⑦.⓪.⓪.①/",
	} {
		if u, err := source.Parse(in); err == nil {
			t.Errorf("%q passes as %s", in, u)
		}
	}
	for _, in := range []string{"ftp://a.example/", "file:///etc/passwd", "javascript:alert(1)", "gopher://a.example/", "data:text/html,x"} {
		if u, err := source.Parse(in); err == nil || u != nil {
			t.Errorf("%q passes", in)
		}
	}
	if _, err := source.Parse("ftp://a.example/"); !errors.Is(err, source.ErrScheme) {
		t.Error(err)
	}
}

func TestKey(t *testing.T) {
	same := []string{
		"https://www.bao.example/tin/1?b=2&a=1", "http://bao.example/tin/1/?a=1&b=2", "https://m.bao.example/tin/1/index.html?a=1&b=2&utm_medium=x#top",
		"https://bao.example/tin/1/amp?a=1&b=2&fbclid=z",
	}
	for _, s := range same {
		if source.Key(s) != source.Key(same[0]) {
			t.Errorf("%s: %s", s, source.Key(s))
		}
	}
	for _, s := range []string{"https://bao.example/tin/2?a=1&b=2", "https://bao.example/tin/1?a=1", "https://bao.example:8443/tin/1?a=1&b=2", "https://m.example/"} {
		if source.Key(s) == source.Key(same[0]) {
			t.Errorf("%s is taken for another page", s)
		}
	}
	if source.Key("no address") != "no address" {
		t.Error("what is no address must stay apart")
	}
}

func TestHostsFile(t *testing.T) {
	for _, fault := range source.Faults() {
		t.Errorf("hosts.txt: nobody can read %q (or it stands there twice)", fault)
	}
	for _, h := range []string{"facebook.com", "vi-vn.facebook.com", "youtube.com", "x.com", "zalo.me"} {
		if !source.IsNetwork(h, "/") {
			t.Errorf("%s is no network", h)
		}
	}
	for _, h := range []string{"bbc.com", "notfacebook.com", "facebook.com.evil.example", "max.com", "rfa.org"} {
		if source.IsNetwork(h, "/x") {
			t.Errorf("%s is a network", h)
		}
	}
	if !source.IsNetwork("toot.example", "/@newsroom/1") {
		t.Error("a federated account is not seen")
	}
	if !source.IsArchive("web.archive.org") || !source.IsArchive("perma.cc") || source.IsArchive("archive.example") {
		t.Error("archives")
	}
	if o, ok := source.OwnerOf("vietnam.vnanet.vn"); !ok || o.State != "vn" {
		t.Errorf("%+v", o)
	}
	if o, ok := source.OwnerOf("independent.example"); ok {
		t.Errorf("%+v", o)
	}
}

func TestSite(t *testing.T) {
	for in, want := range map[string]string{
		"news.bbc.co.uk": "bbc.co.uk", "www.tuoitre.vn": "tuoitre.vn", "a.b.example": "b.example", "soyte.hanoi.gov.vn": "hanoi.gov.vn",
		"mot.blogspot.com": "mot.blogspot.com", "vn": "vn",
	} {
		if got := source.Site(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func at(url, publisher, owner string) desk.Evidence {
	return desk.Evidence{URL: url, Publisher: publisher, OwnerGroup: owner}
}

func TestIndependent(t *testing.T) {
	for _, c := range []struct {
		name  string
		all   []desk.Evidence
		power bool
		want  int
	}{
		{"none", nil, false, 0},
		{"two newsrooms", []desk.Evidence{at("https://a.example/1", "A", ""), at("https://b.example/1", "B", "")}, false, 2},
		{"the same page twice", []desk.Evidence{at("https://a.example/1", "", ""), at("http://www.a.example/1/", "", "")}, false, 1},
		{"two pages of one site", []desk.Evidence{at("https://a.example/1", "", ""), at("https://news.a.example/2", "", "")}, false, 1},
		{"one declared owner", []desk.Evidence{at("https://a.example/1", "A", "Holding X"), at("https://b.example/1", "B", "holding  x")}, false, 1},
		{"one known owner", []desk.Evidence{at("https://www.bbc.com/1", "", ""), at("https://bbc.co.uk/1", "", "")}, false, 1},
		{"a newsroom and its page on a network", []desk.Evidence{at("https://a.example/1", "Báo A", ""), at("https://facebook.com/baoa/posts/1", "báo A", "")}, false, 1},
		{"two newsrooms on one network", []desk.Evidence{at("https://facebook.com/a/1", "Báo A", ""), at("https://facebook.com/b/1", "Báo B", "")}, false, 2},
		{"two copies in one archive", []desk.Evidence{at("https://web.archive.org/web/1/https://a.example", "A", ""), at("https://web.archive.org/web/2/https://b.example", "B", "")}, false, 2},
		{"two organs of one state", []desk.Evidence{at("https://nhandan.vn/1", "", ""), at("https://vtv.vn/1", "", "")}, false, 2},
		{"two organs of one state about power", []desk.Evidence{at("https://nhandan.vn/1", "", ""), at("https://vtv.vn/1", "", "")}, true, 1},
		{"an organ and an office of one state about power", []desk.Evidence{at("https://moh.gov.vn/1", "", ""), at("https://vnexpress.net/1", "", "")}, true, 1},
		{"organs of two states about power", []desk.Evidence{at("https://nhandan.vn/1", "", ""), at("https://rfa.org/1", "", "")}, true, 2},
		{"the third ties two", []desk.Evidence{at("https://a.example/1", "A", ""), at("https://b.example/1", "B", ""), at("https://a.example/2", "B", "")}, false, 1},
	} {
		if got := source.Independent(c.all, c.power); got != c.want {
			t.Errorf("%s: %d, want %d (%v)", c.name, got, c.want, source.Groups(c.all, c.power))
		}
	}
	if got := source.Duplicates([]desk.Evidence{at("https://a.example/1", "", ""), at("https://b.example/", "", ""), at("https://m.a.example/1/?utm_source=x", "", "")}); !slices.Equal(got, []int{2}) {
		t.Errorf("duplicates %v", got)
	}
}

// TestAnyOrganisationMayBeCited: independent, foreign and exile media and a
// newsroom's own page on a network pass; a private person's post does not, and
// it is a declaration that says so, never a host.
func TestAnyOrganisationMayBeCited(t *testing.T) {
	for _, s := range []string{
		"https://www.bbc.com/vietnamese/articles/c1", "https://www.rfa.org/vietnamese/news/1.html", "https://www.voatiengviet.com/a/1.html", "https://www.luatkhoa.com/2026/1/",
		"https://thevietnamese.org/1", "https://www.nytimes.com/1", "https://www.rfi.fr/vi/1", "https://nhandan.vn/1.html", "http://mot.blogspot.com/1", "https://web.archive.org/web/2026/https://a.example/",
	} {
		for _, by := range []desk.SourceBy{"", desk.ByOrganisation} {
			if err := source.Check(s, by); err != nil {
				t.Errorf("%s as %q: %v", s, by, err)
			}
		}
	}
	for _, s := range []string{"https://www.facebook.com/bbctiengviet/posts/1", "https://www.youtube.com/watch?v=1", "https://x.com/VOATiengViet/status/1", "https://toot.example/@newsroom/1"} {
		if err := source.Check(s, desk.ByOrganisation); err != nil {
			t.Errorf("a newsroom's own page %s: %v", s, err)
		}
		if err := source.Check(s, ""); key(err) != "error.source.whose" {
			t.Errorf("%s undeclared: %v", s, err)
		}
	}
	for _, s := range []string{"https://www.facebook.com/somebody/posts/1", "https://a.example/somebodys-diary"} {
		if err := source.Check(s, desk.ByPerson); key(err) != "error.source.person" {
			t.Errorf("a private person's %s: %v", s, err)
		}
	}
	if err := source.Check("http://127.0.0.1/", desk.ByOrganisation); key(err) != "error.source.address" {
		t.Error(err)
	}
}

func key(err error) string {
	var e *desk.Error
	if errors.As(err, &e) {
		return e.Key
	}
	return ""
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"https://a.example/x?utm_source=1", "http://0x7f.0.0.1/", "https://[::ffff:127.0.0.1]/", "https://a.example:99999/", "https://tên.vn/đ?q=%zz", "http://a.example/../..//"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := source.Parse(s)
		if err != nil {
			return
		}
		again, err := source.Parse(u.String())
		if err != nil || again.String() != u.String() {
			t.Fatalf("%q became %s, that %v (%v)", s, u, again, err)
		}
		host := u.Hostname()
		if u.User != nil || (u.Scheme != "http" && u.Scheme != "https") || strings.Trim(host, "0123456789.abcdefx") == "" && strings.Trim(host, "0123456789.") == "" {
			t.Fatalf("%q passes as %s", s, u)
		}
		_ = source.Key(s)
	})
}
