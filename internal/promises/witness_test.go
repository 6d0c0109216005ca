package promises_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"sangto/ledger"
)

// watcher is one witness: a process, a key and a folder of its own.
type watcher struct {
	name, dir, addr, vkey string

	cmd  *exec.Cmd
	done chan struct{}
	log  string
}

func newWatcher(t *testing.T, n int, follow ...string) *watcher {
	t.Helper()
	p := newPlace(t)
	w := &watcher{name: fmt.Sprintf("witness.example/w%d", n), dir: p.data(), addr: p.addr, log: p.log()}
	for _, vkey := range follow {
		if _, errs, code := p.run(t, "", "witness", "add", "--data", w.dir, vkey); code != 0 {
			t.Fatalf("follow: exit %d: %s", code, errs)
		}
	}
	w.start(t)
	return w
}

// start starts the process, under wrap where there is one, and waits for it.
func (w *watcher) start(t *testing.T, wrap ...string) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.OpenFile(w.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	args := append(slices.Clone(wrap), path, "witness", "--data", w.dir, "--listen", w.addr, "--name", w.name)
	w.cmd, w.done = exec.Command(args[0], args[1:]...), make(chan struct{})
	w.cmd.Stdout, w.cmd.Stderr = log, log
	w.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = w.cmd.Wait(); close(w.done) }()
	t.Cleanup(w.kill)
	for range 600 {
		time.Sleep(20 * time.Millisecond)
		resp, err := http.Get("http://" + w.addr + "/")
		if err != nil {
			continue
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		w.vkey = lines[len(lines)-1]
		return
	}
	said, _ := os.ReadFile(w.log)
	t.Fatalf("the witness does not answer:\n%s", said)
}

func (w *watcher) kill() {
	_ = syscall.Kill(-w.cmd.Process.Pid, syscall.SIGKILL)
	<-w.done
}

// ask sends one request and returns the answer; status 0 means that none came.
func (w *watcher) ask(body []byte) (status int, answer string) {
	resp, err := client.Post("http://"+w.addr+"/add-checkpoint", "text/plain", bytes.NewReader(body))
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, ""
	}
	return resp.StatusCode, string(text)
}

// history is one story that a log tells. Two of them share a beginning.
type history struct {
	skey    string
	entries []string
	files   map[string][]byte
}

const deskLog = "desk.example/log"

type seed byte

func (s seed) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s)
	}
	return len(p), nil
}

func newHistory(t *testing.T) (h *history, vkey string) {
	t.Helper()
	skey, vkey, err := ledger.GenerateKey(seed(9), deskLog)
	if err != nil {
		t.Fatal(err)
	}
	return &history{skey: skey}, vkey
}

// tell adds entries to a copy of the history.
func (h *history) tell(branch string, n int) *history {
	next := &history{skey: h.skey, entries: slices.Clone(h.entries)}
	for range n {
		next.entries = append(next.entries, fmt.Sprintf("%s %d", branch, len(next.entries)))
	}
	return next
}

// checkpoint signs the history as it is, and leaves its tiles in memory.
func (h *history) checkpoint(t *testing.T) (ledger.Checkpoint, []byte) {
	t.Helper()
	h.files = map[string][]byte{}
	var tree ledger.Frontier
	keep := func(f ledger.File) { h.files[f.Path] = f.Data }
	for _, e := range h.entries {
		tree.Append(ledger.EntryHash([]byte(e)), keep)
	}
	for _, f := range tree.Edge() {
		keep(f)
	}
	signer, err := ledger.NewSigner(h.skey)
	if err != nil {
		t.Fatal(err)
	}
	c := ledger.Checkpoint{Origin: deskLog, Size: tree.Size(), Root: tree.Root()}
	signed, err := c.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	return c, signed
}

func (h *history) folder() fstest.MapFS {
	files := fstest.MapFS{}
	for name, data := range h.files {
		files[name] = &fstest.MapFile{Data: data}
	}
	return files
}

// request asks for a signature, given the size that was signed last.
func (h *history) request(t *testing.T, old int64) (body, signed []byte) {
	t.Helper()
	c, signed := h.checkpoint(t)
	hashes, err := ledger.ProveConsistency(t.Context(), ledger.Folder(h.folder()), c, old)
	if err != nil {
		t.Fatal(err)
	}
	return ledger.AddCheckpoint{Old: old, Hashes: hashes, Checkpoint: signed}.Text(), signed
}

// TestSplitViewNeverReachesQuorum runs three witnesses as three processes with
// three keys and folders, and an operator who shows two histories to all of
// them at once, again and again. Whatever order the requests arrive in, at most
// one of the two is believed by anybody whose policy asks for two of three.
func TestSplitViewNeverReachesQuorum(t *testing.T) {
	t.Parallel()
	trunk, vkey := newHistory(t)
	watchers := make([]*watcher, 3)
	policy := "log " + vkey + "\n"
	for i := range watchers {
		watchers[i] = newWatcher(t, i+1, vkey)
		policy += fmt.Sprintf("witness w%d %s\n", i+1, watchers[i].vkey)
	}
	believed, err := ledger.ParsePolicy([]byte(policy + "group both 2 w1 w2 w3\nquorum both\n"))
	if err != nil {
		t.Fatal(err)
	}
	quorums := 0
	rounds := size(5, 20, 200)
	for round := range rounds {
		old := int64(len(trunk.entries))
		branches := []*history{trunk.tell(fmt.Sprintf("a%d", round), 1+round%3), trunk.tell(fmt.Sprintf("b%d", round), 1+round%2)}
		signed := make([][]byte, 2)
		answers := make([][3]string, 2)
		var wg sync.WaitGroup
		for b, branch := range branches {
			var body []byte
			body, signed[b] = branch.request(t, old)
			for i, w := range watchers {
				// Each round the liar tries another order.
				wait := time.Duration((round>>(i+b))%2) * time.Millisecond
				wg.Go(func() {
					time.Sleep(wait)
					if code, line := w.ask(body); code == 200 {
						answers[b][i] = line
					}
				})
			}
		}
		wg.Wait()
		won := -1
		for b := range branches {
			whole := append(bytes.Clone(signed[b]), strings.Join(answers[b][:], "")...)
			c, names, err := believed.Open(whole)
			if err != nil {
				continue
			}
			if won >= 0 {
				t.Fatalf("round %d: both histories have a quorum, the second by %v at %d", round, names, c.Size)
			}
			won = b
			quorums++
		}
		for i := range watchers {
			if answers[0][i] != "" && answers[1][i] != "" {
				t.Fatalf("round %d: witness %d signed both histories", round, i+1)
			}
		}
		if won < 0 {
			t.Fatalf("round %d: no history has a quorum, though every witness signed one", round)
		}
		// The one that a witness did not see is shown to it now, so that the
		// next round begins with all three alike, as a desk does; the loser's
		// signer is stuck for good and is given a new beginning.
		for i, w := range watchers {
			if answers[won][i] != "" {
				continue
			}
			body, _ := branches[won].request(t, old)
			if code, said := w.ask(body); code != 409 {
				t.Fatalf("round %d: witness %d signed the fork and then answers %d %s", round, i+1, code, said)
			}
		}
		trunk, _ = newHistory(t)
		for _, w := range watchers {
			w.forget(t)
		}
	}
	t.Attr("rounds", fmt.Sprint(rounds))
	t.Attr("quorums", fmt.Sprint(quorums))
	t.Attr("quorums_of_a_second_history", "0")
	if quorums == 0 {
		t.Error("no history ever had a quorum: this test shows nothing")
	}
}

// forget gives a witness a new life in an empty memory; only a test does so.
func (w *watcher) forget(t *testing.T) {
	t.Helper()
	old, err := filepath.Glob(filepath.Join(w.dir, "witness", "seen", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range old {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWitnessKilledAnywhereSignsOneHistory kills a witness at each of its
// system calls between the request and the answer, starts it again and shows it the
// other history. It may sign that one only if nobody got a signature of the first.
func TestWitnessKilledAnywhereSignsOneHistory(t *testing.T) {
	t.Parallel()
	needStrace(t)
	trunk, vkey := newHistory(t)
	trunk = trunk.tell("both", 5)
	first, _ := trunk.request(t, 0)
	a, _ := trunk.tell("a", 3).request(t, 5)
	b, _ := trunk.tell("b", 3).request(t, 5)
	signedA, killed, points := 0, 0, 0
	for _, call := range []string{"openat", "write", "fsync", "renameat", "close"} {
		for n := 1; n <= size(3, 3, 12); n++ {
			points++
			w := newWatcher(t, 1, vkey)
			if code, said := w.ask(first); code != 200 {
				t.Fatalf("the beginning: %d %s", code, said)
			}
			w.kill()
			w.start(t)
			// strace comes to the running process, so that starting does not use up
			// the count.
			tracer := w.attach(t, call, n)
			gotA, lineA := w.ask(a)
			switch gotA {
			case 0:
				killed++
			case 200:
				signedA++
			default:
				t.Errorf("killed at %s %d: the first history is answered with %d %s: what was signed before is forgotten", call, n, gotA, lineA)
			}
			// At once: what is not on disk when the answer arrives never will be.
			w.kill()
			_ = tracer.Process.Kill()
			_ = tracer.Wait()
			w.start(t)
			gotB, lineB := w.ask(b)
			if gotA == 200 && gotB == 200 {
				t.Errorf("killed at %s %d: signed both\n%s%s", call, n, lineA, lineB)
			}
			if gotB != 200 && gotB != 409 {
				t.Errorf("killed at %s %d: the other history is answered with %d %s", call, n, gotB, lineB)
			}
			// Whichever it is, the witness goes on with it.
			if againA, _ := w.ask(a); gotB == 409 && againA != 409 {
				t.Errorf("killed at %s %d: the first history again: %d", call, n, againA)
			}
			w.kill()
		}
	}
	if killed == 0 || signedA == 0 {
		t.Errorf("%d points, %d kills, %d signatures: the kills did not happen", points, killed, signedA)
	}
	t.Attr("kill_points", fmt.Sprint(points))
	t.Attr("killed_before_the_answer", fmt.Sprint(killed))
	t.Logf("%d points: %d killed before the answer, %d answered", points, killed, signedA)
}

// attach makes the n-th call of a kind from now on the process's last.
func (w *watcher) attach(t *testing.T, call string, n int) *exec.Cmd {
	t.Helper()
	trace := filepath.Join(t.TempDir(), "trace")
	cmd := exec.Command("strace", "-f", "-o", trace, "-p", fmt.Sprint(w.cmd.Process.Pid),
		"-e", "trace="+call, "-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, n))
	errs := &lockedBuffer{}
	cmd.Stderr = errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range 500 {
		if strings.Contains(errs.String(), "attached") {
			return cmd
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("strace did not come to the witness: %s", errs)
	return nil
}

// lockedBuffer is written by one goroutine and read by another.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
