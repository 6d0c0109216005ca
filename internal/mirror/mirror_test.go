package mirror_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/lang"
	"sangto/internal/mirror"
	"sangto/internal/record/leaf"
	"sangto/internal/verify"
	"sangto/internal/verify/verifytest"
)

// origin is a site whose files a test changes.
type origin struct {
	mu    sync.Mutex
	files map[string][]byte
	asked []string
	// cut makes the n-th request from now fail, and all after it.
	cut int
}

func (o *origin) show(files map[string][]byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.files, o.asked, o.cut = files, nil, 0
}

func (o *origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	name := strings.TrimPrefix(r.URL.Path, "/")
	o.asked = append(o.asked, name)
	if o.cut > 0 && len(o.asked) >= o.cut {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	b, ok := o.files[name]
	if !ok {
		w.WriteHeader(http.StatusUnavailableForLegalReasons)
		return
	}
	_, _ = w.Write(b)
}

func start(t *testing.T) (*origin, *verify.Web, string) {
	t.Helper()
	o := &origin{}
	s := httptest.NewServer(o)
	t.Cleanup(s.Close)
	web, err := verify.NewWeb(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return o, web, t.TempDir()
}

func options() mirror.Options { return mirror.Options{Today: verifytest.Day0} }

func mustCopy(t *testing.T, web *verify.Web, dir string, o mirror.Options) *verify.Report {
	t.Helper()
	r, err := mirror.Copy(t.Context(), web, dir, o)
	if err != nil || !r.OK {
		t.Fatalf("%v, %+v", err, r)
	}
	return r
}

// whole verifies a mirror as anybody would.
func whole(t *testing.T, dir string) {
	t.Helper()
	p, err := verify.Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := verify.Run(t.Context(), p, verify.Options{Today: verifytest.Day0}); err != nil || !r.OK {
		t.Fatalf("the mirror is not whole: %v, %v", err, r.Problems)
	}
}

func TestCopyGrowsAndAsksForNothingTwice(t *testing.T) {
	o, web, dir := start(t)
	b := verifytest.New(t).Publish(300)
	o.show(b.Files())
	mustCopy(t, web, dir, options())
	whole(t, dir)
	b.Publish(2)
	o.show(b.Files())
	mustCopy(t, web, dir, options())
	whole(t, dir)
	if n := len(o.asked); n > 20 {
		t.Errorf("two more checks took %d requests: %q", n, o.asked)
	}
}

// An interrupted copy leaves the mirror as it was and goes on where it was cut.
func TestInterruptedCopyGoesOn(t *testing.T) {
	o, web, dir := start(t)
	b := verifytest.New(t).Publish(60)
	o.show(b.Files())
	o.cut = 30
	if _, err := mirror.Copy(t.Context(), web, dir, options()); err == nil {
		t.Fatal("copied although the origin failed")
	}
	if _, err := os.Stat(filepath.Join(dir, "log", "checkpoint")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half a mirror shows a head: %v", err)
	}
	o.show(b.Files())
	mustCopy(t, web, dir, options())
	whole(t, dir)
	if n := len(o.asked); n > len(b.Contents)-10 {
		t.Errorf("%d requests after an interruption at 30", n)
	}
}

func TestARewrittenRecordReplacesNothing(t *testing.T) {
	o, web, dir := start(t)
	b := verifytest.New(t).Publish(20)
	grown := b.Branch()
	grown.Publish(3)
	o.show(grown.Files())
	mustCopy(t, web, dir, options())
	before := tree(t, dir)
	fork := b.Branch()
	fork.Publish(9)
	o.show(fork.Files())
	r, err := mirror.Copy(t.Context(), web, dir, options())
	if !errors.Is(err, mirror.ErrBroken) || r.Whole() {
		t.Fatalf("%v, %+v", err, r)
	}
	damaged := grown.Files()
	damaged["log/content/9"] = []byte("{}")
	o.show(damaged)
	if after := tree(t, dir); !slices.Equal(before, after) {
		t.Errorf("before %q\nafter %q", before, after)
	}
	grown.Publish(1)
	o.show(grown.Files())
	mustCopy(t, web, dir, options())
	whole(t, dir)
}

func tree(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	for _, sub := range []string{"log", "data"} {
		err := filepath.WalkDir(filepath.Join(dir, sub), func(name string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil
			}
			b, err := os.ReadFile(name)
			out = append(out, name+" "+desk.HashBytes(b))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func without(files map[string][]byte, at ...int) map[string][]byte {
	for _, i := range at {
		delete(files, verify.ContentPath(int64(i)))
	}
	return files
}

func TestWhatTheOriginWithholdsIsKeptAndSaidSo(t *testing.T) {
	o, web, dir := start(t)
	b := verifytest.New(t)
	erased, withheld := verifytest.CheckID(1), verifytest.CheckID(2)
	at1, at2 := b.Act(erased, 1, desk.Publish), b.Act(withheld, 1, desk.Publish)
	o.show(b.Files())
	mustCopy(t, web, dir, options())
	follows := t.TempDir()
	mustCopy(t, web, follows, options())
	b.Act(erased, 2, desk.ErasePersonal)
	order := b.Act(withheld, 2, desk.WithholdOrder)
	o.show(without(b.Files(), at1, at2, order))
	mustCopy(t, web, dir, options())
	has := func(dir string, i int) bool {
		_, err := os.Stat(filepath.Join(dir, filepath.FromSlash(verify.ContentPath(int64(i)))))
		return err == nil
	}
	if has(dir, at1) {
		t.Error("a private person's data was erased at the origin and is still here")
	}
	if !has(dir, at2) {
		t.Error("a withheld check is gone")
	}
	if a, err := mirror.ReadAbout(dir); err != nil || !slices.Equal(a.Kept, []int64{int64(at2)}) {
		t.Errorf("it does not say what it keeps: %+v, %v", a, err)
	}
	whole(t, dir)
	get := serve(t, dir)
	code, page := get("/c/" + withheld)
	if code != 200 || !strings.Contains(page, "Đập xả lũ") || !strings.Contains(page, "Toà án tỉnh X") || !strings.Contains(page, "vẫn giữ bài") {
		t.Errorf("%d %s", code, page)
	}
	if _, front := get("/en/"); !strings.Contains(front, withheld) || !strings.Contains(front, web.String()) {
		t.Errorf("the front page does not say what is withheld, or whose mirror it is: %s", front)
	}
	// The operator of a mirror may decide otherwise.
	with := options()
	with.FollowOrders = true
	mustCopy(t, web, follows, with)
	if has(follows, at2) {
		t.Error("told to follow orders, and the words are still there")
	}
	whole(t, follows)
	get = serve(t, follows)
	if code, page := get("/c/" + withheld); code != 200 || strings.Contains(page, "Đập xả lũ") || !strings.Contains(page, "Toà án tỉnh X") {
		t.Errorf("%d %s", code, page)
	}
	// When the order ends, the words come back.
	b.Day += 180
	b.Leaf(leaf.Leaf{V: 1, Kind: leaf.Restore, Day: b.Day, Desk: verifytest.DeskID, Check: withheld, Rev: 2, Prev: b.Prev[withheld], Reason: leaf.Lapsed})
	o.show(without(b.Files(), at1))
	mustCopy(t, web, follows, with)
	if !has(follows, at2) || !has(follows, order) {
		t.Error("the order ended and the words did not come back")
	}
}

func serve(t *testing.T, dir string) func(path string) (int, string) {
	t.Helper()
	shelf, err := mirror.OpenShelf(dir)
	if err != nil {
		t.Fatal(err)
	}
	words, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	h, err := mirror.Handler(shelf, words, gate.New(gate.Config{Refuse: mirror.Refuse(words)}))
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(func() { s.Close(); _ = shelf.Close() })
	return func(path string) (int, string) {
		t.Helper()
		resp, err := http.Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(b)
	}
}

// A served mirror is as good as the origin: it verifies over HTTP, and a mirror
// of the mirror can be made.
func TestServedMirrorVerifies(t *testing.T) {
	o, web, dir := start(t)
	b := verifytest.New(t).Publish(280)
	o.show(b.Files())
	mustCopy(t, web, dir, options())
	shelf, err := mirror.OpenShelf(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer shelf.Close()
	words, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	h, err := mirror.Handler(shelf, words, gate.New(gate.Config{}))
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	defer s.Close()
	again, err := verify.NewWeb(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	place := verify.Place{Name: again.String(), Source: again, Shown: verify.NewSite(again, words)}
	r, err := verify.Run(t.Context(), place, verify.Options{Today: verifytest.Day0, Mirrors: []verify.Place{{Name: "origin", Source: web}}})
	if err != nil || !r.OK || r.Checked.Mirrors != 1 {
		t.Fatalf("%v %+v", err, r)
	}
	if !slices.ContainsFunc(r.Notes, func(n verify.Note) bool { return n.Kind == verify.Mirrored && n.Text == web.String() }) {
		t.Errorf("it passes for the desk itself: %+v", r.Notes)
	}
	mustCopy(t, again, t.TempDir(), options())
	get := serve(t, dir)
	for _, path := range []string{
		"/log/mirror.json", "/log/..%2fmirror.json", "/log/tile/0/000.p/9999", "/log/tile/entries/999", "/log/content/01", "/log/content/99999",
		"/log/content/-1", "/log/proof/1", "/log/proof/99999.tlog-proof", "/data/latest/..%2f..%2flog%2fkey", "/data/latest/.new-1", "/c/nothing", "/checks/0",
		"/checks/9999", "/c/" + verifytest.CheckID(9) + "/v/9", "/.seen", "/ask",
	} {
		if code, text := get(path); code != 404 {
			t.Errorf("%s: %d %.100s", path, code, text)
		}
	}
	for _, path := range []string{"/", "/en/", "/checks", "/checks/2", "/en/checks/3", "/style.css", "/log/key", "/log/mirror", "/log/proof/7.tlog-proof", "/log/tile/0/000"} {
		if code, text := get(path); code != 200 {
			t.Errorf("%s: %d %.100s", path, code, text)
		}
	}
	var about mirror.About
	if _, text := get("/log/mirror"); json.Unmarshal([]byte(text), &about) != nil || about.From != web.String() {
		t.Errorf("%s", text)
	}
	_, list := get("/checks")
	if n := strings.Count(list, "<li>"); n != 100 {
		t.Errorf("%d checks on the first page", n)
	}
}

func TestOpenDataIsHeldToItsSums(t *testing.T) {
	o, web, dir := start(t)
	b := verifytest.New(t).Publish(2)
	files := b.Files()
	files["data/latest/checks.csv"] = []byte("one\n")
	files["data/latest/SHA256SUMS"] = []byte(desk.HashBytes([]byte("one\n")) + "  checks.csv\n")
	o.show(files)
	mustCopy(t, web, dir, options())
	get := serve(t, dir)
	if code, text := get("/data/latest/checks.csv"); code != 200 || text != "one\n" {
		t.Errorf("%d %q", code, text)
	}
	files["data/latest/checks.csv"] = []byte("two\n")
	files["data/latest/SHA256SUMS"] = []byte(desk.HashBytes([]byte("three\n")) + "  checks.csv\n")
	o.show(files)
	if _, err := mirror.Copy(t.Context(), web, dir, options()); err == nil {
		t.Error("a file that is not what its sum says was taken")
	}
	if code, text := get("/data/latest/checks.csv"); code != 200 || text != "one\n" {
		t.Errorf("the old file is gone: %d %q", code, text)
	}
	for _, line := range []string{"../../x", "a/b", ".hidden", "x y"} {
		files["data/latest/SHA256SUMS"] = []byte(desk.HashBytes(nil) + "  " + line + "\n")
		o.show(files)
		if _, err := mirror.Copy(t.Context(), web, dir, options()); err == nil {
			t.Errorf("the name %q was taken", line)
		}
	}
}

func TestOneFolderOneDesk(t *testing.T) {
	o, web, dir := start(t)
	o.show(verifytest.New(t).Publish(1).Files())
	mustCopy(t, web, dir, options())
	_, other, _ := start(t)
	if _, err := mirror.Copy(t.Context(), other, dir, options()); desk.KindOf(err) != desk.Conflict {
		t.Errorf("another desk in the same folder: %v", err)
	}
	if _, err := mirror.OpenShelf(t.TempDir()); desk.KindOf(err) != desk.NotFound {
		t.Errorf("an empty folder: %v", err)
	}
}
