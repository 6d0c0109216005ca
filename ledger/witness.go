package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// maxAddCheckpoint is the longest request to a witness, in bytes.
const maxAddCheckpoint = MaxCheckpoint + 4096

// AddCheckpoint is what a log sends to a witness: how large the log was when
// the witness last signed, the hashes that show it only grew, and the signed checkpoint
// (C2SP tlog-witness).
type AddCheckpoint struct {
	Old        int64
	Hashes     []Hash
	Checkpoint []byte
}

// Text is the body of the request.
func (a AddCheckpoint) Text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "old %d\n", a.Old)
	for _, h := range a.Hashes {
		b.WriteString(h.String() + "\n")
	}
	b.WriteString("\n")
	b.Write(a.Checkpoint)
	return b.Bytes()
}

var errAddCheckpoint = errors.New("this is no add-checkpoint request")

// ParseAddCheckpoint reads the body of a request.
func ParseAddCheckpoint(body []byte) (AddCheckpoint, error) {
	head, checkpoint, ok := bytes.Cut(body, []byte("\n\n"))
	if !ok || len(body) > maxAddCheckpoint || len(checkpoint) == 0 {
		return AddCheckpoint{}, errAddCheckpoint
	}
	lines := strings.Split(string(head), "\n")
	number, ok := strings.CutPrefix(lines[0], "old ")
	old, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || old < 0 || old > MaxSize || strconv.FormatInt(old, 10) != number {
		return AddCheckpoint{}, errAddCheckpoint
	}
	hashes, err := parseHashes(lines[1:])
	if err != nil {
		return AddCheckpoint{}, err
	}
	return AddCheckpoint{Old: old, Hashes: hashes, Checkpoint: checkpoint}, nil
}

// ReadCosignatures reads a witness's answer and returns the signature lines of
// the witness v that are valid for the checkpoint. Lines of others are ignored.
func ReadCosignatures(answer, signed []byte, v *CosignatureVerifier) ([]note.Signature, error) {
	if len(answer) > MaxCheckpoint {
		return nil, errors.New("the witness's answer is too long")
	}
	text, _, ok := bytes.Cut(signed, []byte("\n\n"))
	if !ok {
		return nil, errCheckpoint
	}
	whole := append(append(append([]byte(nil), text...), "\n\n"...), answer...)
	n, err := note.Open(whole, note.VerifierList(v))
	if err != nil {
		return nil, fmt.Errorf("the witness's answer: %w", err)
	}
	return n.Sigs, nil
}

// Memory is what a witness must not forget: the last checkpoint it signed for
// each log. It must be safe for concurrent use.
type Memory interface {
	// Latest returns the last checkpoint signed for a log; the zero
	// Checkpoint if there is none.
	Latest(ctx context.Context, origin string) (Checkpoint, error)
	// Replace puts next in the place of old in one step that survives a
	// crash, and reports false, changing nothing, where old is no longer
	// the latest.
	Replace(ctx context.Context, old, next Checkpoint) (bool, error)
}

// Witness signs that a log only grew. It is safe for concurrent use.
type Witness struct {
	signer *Cosigner
	find   FindLog
	memory Memory
}

// FindLog gives the verifier key of the log of an origin, empty where the
// witness does not follow it. It is asked anew for every request and must be
// safe for concurrent use.
type FindLog func(ctx context.Context, origin string) (vkey string, err error)

// NewWitness returns a witness for logs, given by their verifier keys.
func NewWitness(signer *Cosigner, memory Memory, vkeys ...string) (*Witness, error) {
	logs := map[string]string{}
	for _, vkey := range vkeys {
		v, err := note.NewVerifier(vkey)
		if err != nil {
			return nil, fmt.Errorf("the key of a log: %w", err)
		}
		if logs[v.Name()] != "" {
			return nil, fmt.Errorf("two keys for the log %q", shorten(v.Name()))
		}
		logs[v.Name()] = vkey
	}
	find := func(_ context.Context, origin string) (string, error) { return logs[origin], nil }
	return NewOpenWitness(signer, memory, find), nil
}

// NewOpenWitness returns a witness that looks a log up when it is asked about
// it, so that logs come and go while it runs.
func NewOpenWitness(signer *Cosigner, memory Memory, find FindLog) *Witness {
	return &Witness{signer: signer, memory: memory, find: find}
}

// Refusal is a witness's no. Status is the HTTP status that the protocol asks
// for; Size, with status 409, is the size the witness last signed.
type Refusal struct {
	Status int
	Size   int64
	Reason string
}

func (r *Refusal) Error() string { return r.Reason }

// Add decides about one request and returns the signature line. The memory has
// the new checkpoint before the line is returned: a crash in between costs the log one
// answer and leaves the witness knowing more than it said, never less. An
// error that is no [*Refusal] means that the memory failed.
func (w *Witness) Add(ctx context.Context, body []byte) (string, error) {
	req, next, err := w.read(ctx, body)
	if err != nil {
		return "", err
	}
	latest, err := w.memory.Latest(ctx, next.Origin)
	if err != nil {
		return "", err
	}
	if req.Old != latest.Size {
		return "", conflict(latest)
	}
	if latest.Size == 0 {
		latest = Checkpoint{Origin: next.Origin, Root: emptyRoot()}
	}
	if err := CheckConsistency(latest, next, req.Hashes); err != nil {
		if latest.Size == next.Size && latest.Root != next.Root {
			return "", conflict(latest)
		}
		return "", &Refusal{Status: http.StatusUnprocessableEntity, Reason: err.Error()}
	}
	ok, err := w.memory.Replace(ctx, latest, next)
	if err != nil {
		return "", err
	}
	if !ok {
		// Another request came between; say what is true now.
		if latest, err = w.memory.Latest(ctx, next.Origin); err != nil {
			return "", err
		}
		return "", conflict(latest)
	}
	sig, err := w.signer.Sign([]byte(next.Text()))
	if err != nil {
		return "", err
	}
	return signatureLine(rawSignature(w.signer.Name(), w.signer.KeyHash(), sig)), nil
}

func conflict(latest Checkpoint) *Refusal {
	return &Refusal{Status: http.StatusConflict, Size: latest.Size, Reason: fmt.Sprintf("the last size signed is %d", latest.Size)}
}

// read takes a request apart and checks the log's signature.
func (w *Witness) read(ctx context.Context, body []byte) (AddCheckpoint, Checkpoint, error) {
	req, err := ParseAddCheckpoint(body)
	if err != nil {
		return req, Checkpoint{}, &Refusal{Status: http.StatusBadRequest, Reason: err.Error()}
	}
	origin, _, _ := strings.Cut(string(req.Checkpoint), "\n")
	vkey, err := w.find(ctx, origin)
	if err != nil {
		return req, Checkpoint{}, err
	}
	if vkey == "" {
		return req, Checkpoint{}, &Refusal{Status: http.StatusNotFound, Reason: "this log is not known here"}
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return req, Checkpoint{}, fmt.Errorf("the key of %q: %w", shorten(origin), err)
	}
	next, _, err := OpenCheckpoint(req.Checkpoint, v)
	if err != nil {
		return req, next, &Refusal{Status: http.StatusForbidden, Reason: err.Error()}
	}
	if req.Old > next.Size {
		return req, next, &Refusal{Status: http.StatusBadRequest, Reason: "the old size is larger than the checkpoint's"}
	}
	return req, next, nil
}

// ServeHTTP answers POST requests to add-checkpoint as the protocol says. It
// reads the body and nothing else of a request, and keeps nothing about who sent it.
func (w *Witness) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		rw.Header().Set("Allow", http.MethodPost)
		http.Error(rw, "POST a checkpoint", http.StatusMethodNotAllowed)
		return
	}
	body, err := ReadLimited(http.MaxBytesReader(rw, r.Body, maxAddCheckpoint), "request", maxAddCheckpoint)
	if err != nil {
		http.Error(rw, "the request is too long or was cut off", http.StatusBadRequest)
		return
	}
	line, err := w.Add(r.Context(), body)
	var no *Refusal
	switch {
	case errors.As(err, &no) && no.Status == http.StatusConflict:
		rw.Header().Set("Content-Type", "text/x.tlog.size")
		rw.WriteHeader(no.Status)
		fmt.Fprintf(rw, "%d\n", no.Size)
	case errors.As(err, &no):
		http.Error(rw, no.Reason, no.Status)
	case err != nil:
		http.Error(rw, "the witness cannot keep its memory now", http.StatusInternalServerError)
	default:
		rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprint(rw, line)
	}
}
