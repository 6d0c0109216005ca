package publish_test

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"sangto/internal/publish"
)

func TestHTML(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"paragraphs", "Một.\n\nHai.", "<p>Một.</p>\n<p>Hai.</p>\n"},
		{"emphasis", "*nhẹ* **nặng**", "<p><em>nhẹ</em> <strong>nặng</strong></p>\n"},
		{"headings start at h3", "### A", "<h3>A</h3>\n"},
		{"headings skip no level", "# A\n## B\n###### C\n## D\n# E", "<h3>A</h3>\n<h4>B</h4>\n<h5>C</h5>\n<h4>D</h4>\n<h3>E</h3>\n"},
		{"deep headings stop at h6", "# A\n## B\n### C\n#### D\n##### E", "<h3>A</h3>\n<h4>B</h4>\n<h5>C</h5>\n<h6>D</h6>\n<h6>E</h6>\n"},
		{"list", "- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"},
		{"numbered list from 3", "3. a\n4. b", "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n"},
		{"link", "[báo](https://example.org/a?b=1&c=2)", "<p><a href=\"https://example.org/a?b=1&amp;c=2\" rel=\"noopener nofollow\">báo</a></p>\n"},
		{"bare address", "<https://example.org>", "<p><a href=\"https://example.org\" rel=\"noopener nofollow\">https://example.org</a></p>\n"},
		{"script link", "[x](javascript:alert(1))", "<p>x</p>\n"},
		{"data link", "[x](data:text/html;base64,PHNjcmlwdD4=)", "<p>x</p>\n"},
		{"mail link", "[x](mailto:a@example.org)", "<p>x</p>\n"},
		{"relative link", "[x](/desk/login)", "<p>x</p>\n"},
		{"mail address", "<a@example.org>", "<p>a@example.org</p>\n"},
		{"address with a password", "[x](https://a:b@example.org)", "<p>x</p>\n"},
		{"picture leaves its description", "![một **cái** ảnh](https://example.org/p.png)", "<p>một <strong>cái</strong> ảnh</p>\n"},
		{"picture in a link", "[![ảnh](https://example.org/p.png)](https://example.org/)", "<p><a href=\"https://example.org/\" rel=\"noopener nofollow\">ảnh</a></p>\n"},
		{"raw HTML", "a <b onclick=x>b</b> <script>alert(1)</script>", "<p>a b alert(1)</p>\n"},
		{"escaped", "1 < 2 & 3", "<p>1 &lt; 2 &amp; 3</p>\n"},
		{"bidi controls", "a\u202egnp.exe\u2066", "<p>agnp.exe</p>\n"},
	} {
		if got := string(publish.HTML(tt.in)); got != tt.want {
			t.Errorf("%s: %q gave\n %q, want\n %q", tt.name, tt.in, got, tt.want)
		}
	}
}

func TestLongWordingIsPlain(t *testing.T) {
	long := strings.Repeat("*chữ* <b> ", 4000) + "\n\nhết"
	got := string(publish.HTML(long))
	if !strings.HasPrefix(got, "<p>*chữ* &lt;b&gt; ") || !strings.HasSuffix(got, "<p>hết</p>\n") {
		t.Errorf("not plain: %.80q … %q", got, got[len(got)-40:])
	}
}

// BenchmarkHostileMarkdown measures the inputs that cost the parser most, at
// the length beyond which wording is no longer parsed. It is no test because
// time on a shared machine proves nothing.
func BenchmarkHostileMarkdown(b *testing.B) {
	for _, s := range []string{"> ", "[a](b", "![a](", "1. ", "[", "[a]: b\n"} {
		b.Run(s, func(b *testing.B) {
			for b.Loop() {
				publish.HTML(strings.Repeat(s, (16<<10)/len(s)))
			}
		})
	}
}

func TestSlug(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"Uống nước chanh có chữa được ung thư không?", "uong-nuoc-chanh-co-chua-duoc-ung-thu-khong"},
		{"Đập sẽ xả lũ ĐÊM NAY", "dap-se-xa-lu-dem-nay"},
		{"  5G & COVID-19  ", "5g-covid-19"},
		{"", ""},
		{"ประเทศไทย", ""},
		{strings.Repeat("dài ", 40), strings.TrimSuffix(strings.Repeat("dai-", 15), "-")},
		{strings.Repeat("a", 100), strings.Repeat("a", 60)},
	} {
		if got := publish.Slug(tt.in); got != tt.want {
			t.Errorf("Slug(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestMark(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		terms      []string
		want       string
	}{
		{"folded words of a run", "Đập thủy điện sẽ xả lũ đêm nay.", []string{"xa", "lu", "dem"}, "Đập thủy điện sẽ [xả lũ đêm] nay."},
		{"two runs", "nước chanh chữa ung thư", []string{"nuoc", "thu"}, "[nước] chanh chữa ung [thư]"},
		{"all", "tin này", []string{"tin", "nay"}, "[tin này]"},
		{"none", "tin này", nil, "tin này"},
		{"English ending", "Vaccines cause it", []string{"vaccine"}, "[Vaccines] cause it"},
		{"syllables keep their ending", "chanh chua", []string{"chan"}, "chanh chua"},
		{"punctuation stays outside", "Ngân hàng, đóng cửa", []string{"hang", "dong"}, "Ngân [hàng], [đóng] cửa"},
		{"empty", "", []string{"a"}, ""},
	} {
		var b strings.Builder
		for _, s := range publish.Mark(tt.text, tt.terms) {
			if s.Marked {
				b.WriteString("[" + s.Text + "]")
			} else {
				b.WriteString(s.Text)
			}
		}
		if got := b.String(); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// allowed is the whole list of what rendered wording may hold, kept apart from
// the policy so that a slip in one does not widen the other.
var allowed = map[string]bool{
	"p": true, "br": true, "em": true, "strong": true, "ul": true, "ol": true, "li": true, "blockquote": true,
	"h3": true, "h4": true, "h5": true, "h6": true, "code": true, "pre": true, "hr": true, "a": true,
}

var (
	tagForm  = regexp.MustCompile(`^<(/?)([a-z0-9]+)((?: [a-z]+="[^"<>]*")*)( ?/)?>`)
	attrForm = regexp.MustCompile(` ([a-z]+)="([^"]*)"`)
)

func FuzzHTML(f *testing.F) {
	for _, s := range []string{
		"# a\n\n[x](javascript:alert(1))", "<img src=x onerror=alert(1)>", "![a![b](c)](d)", "[a]: data:x\n[a]",
		"```\n<script>\n```", "<https://[::1]:x>", "[x](https://a\u202eb)", "\x00\xff<svg/onload=1>", "1. a\n   > b\n   - c",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := string(publish.HTML(s))
		for rest := out; ; {
			i := strings.IndexByte(rest, '<')
			if i < 0 {
				return
			}
			tag := tagForm.FindStringSubmatch(rest[i:])
			if tag == nil || !allowed[tag[2]] {
				t.Fatalf("%q let something through: %q", s, out)
			}
			for _, a := range attrForm.FindAllStringSubmatch(tag[3], -1) {
				if !attribute(tag[2], a[1], html.UnescapeString(a[2])) {
					t.Fatalf("%q let the attribute %v through", s, a)
				}
			}
			rest = rest[i+len(tag[0]):]
		}
	})
}

func attribute(element, name, value string) bool {
	low := strings.ToLower(value)
	switch element + " " + name {
	case "ol start":
		return true
	case "a rel":
		return value == "noopener nofollow"
	case "a href":
		return strings.HasPrefix(low, "http://") || strings.HasPrefix(low, "https://")
	}
	return false
}

func FuzzSlug(f *testing.F) {
	f.Add("Đập sẽ xả lũ")
	f.Add("\xff--")
	f.Fuzz(func(t *testing.T, s string) {
		slug := publish.Slug(s)
		if len(slug) > 60 || strings.Trim(slug, "-") != slug || strings.Contains(slug, "--") {
			t.Fatalf("%q gave %q", s, slug)
		}
		if strings.Trim(slug, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Fatalf("%q gave %q", s, slug)
		}
		if publish.Slug(slug) != slug {
			t.Fatalf("not stable: %q gave %q", s, slug)
		}
	})
}

func FuzzMark(f *testing.F) {
	f.Add("Đập sẽ xả lũ", "xa lu")
	f.Add("e\u0301\u0301 \U0001d5e7\U0001d5f6\U0001d5fb #NongTrongNgay", "tin nong")
	f.Fuzz(func(t *testing.T, s, terms string) {
		var b strings.Builder
		for _, run := range publish.Mark(s, strings.Fields(terms)) {
			if run.Text == "" {
				t.Fatalf("empty run in %q", s)
			}
			b.WriteString(run.Text)
		}
		if b.String() != s {
			t.Fatalf("%q became %q", s, b.String())
		}
		if utf8.ValidString(s) && !utf8.ValidString(publish.Plain(s)) {
			t.Fatalf("Plain broke %q", s)
		}
	})
}
