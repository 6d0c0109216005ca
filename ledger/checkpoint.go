package ledger

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a SHA-256 hash of the tree.
type Hash = tlog.Hash

// MaxCheckpoint is the longest checkpoint this package reads, in bytes. It has
// room for dozens of cosignatures.
const MaxCheckpoint = 64 << 10

// MaxSize is the largest tree this package reads: far beyond any desk, and
// small enough that no arithmetic on it overflows.
const MaxSize = 1 << 48

// Checkpoint is the head of a log: whose it is, how many entries it has, and
// the hash over all of them (C2SP tlog-checkpoint).
type Checkpoint struct {
	// Origin names the log: an address without its scheme.
	Origin string
	Size   int64
	Root   Hash
	// Extension holds further lines of the note, which nobody audits and
	// this package never writes; each without its newline.
	Extension []string
}

// Text is the body of the note that is signed.
func (c Checkpoint) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%d\n%s\n", c.Origin, c.Size, c.Root)
	for _, line := range c.Extension {
		b.WriteString(line + "\n")
	}
	return b.String()
}

var errCheckpoint = errors.New("this is not a checkpoint")

// ParseText reads the body of a checkpoint's note, without looking at
// signatures: use [OpenCheckpoint] or [Policy.Open] for anything that came from outside.
func ParseText(text string) (Checkpoint, error) {
	if len(text) > MaxCheckpoint || !strings.HasSuffix(text, "\n") {
		return Checkpoint{}, errCheckpoint
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) < 3 || lines[0] == "" {
		return Checkpoint{}, errCheckpoint
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || size > MaxSize || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, fmt.Errorf("a checkpoint's size is no number: %q", shorten(lines[1]))
	}
	root, err := parseHash(lines[2])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("a checkpoint's root: %w", err)
	}
	c := Checkpoint{Origin: lines[0], Size: size, Root: root}
	for _, line := range lines[3:] {
		if line == "" {
			return Checkpoint{}, errCheckpoint
		}
		c.Extension = append(c.Extension, line)
	}
	return c, nil
}

// parseHash reads one hash in the one base64 spelling it has.
func parseHash(s string) (Hash, error) {
	h, err := tlog.ParseHash(s)
	if err != nil || h.String() != s {
		return Hash{}, fmt.Errorf("%q is no hash", shorten(s))
	}
	return h, nil
}

// Signer signs checkpoints: a log's key, or a witness's [Cosigner].
type Signer = note.Signer

// Verifier verifies a log's signatures.
type Verifier = note.Verifier

// NewSigner returns the signer of a key made by [GenerateKey].
func NewSigner(skey string) (Signer, error) { return note.NewSigner(skey) }

// NewVerifier returns the verifier of the public half of such a key.
func NewVerifier(vkey string) (Verifier, error) { return note.NewVerifier(vkey) }

// Sign makes the signed note of a checkpoint. The first signer's name should
// be the origin.
func (c Checkpoint) Sign(signers ...Signer) ([]byte, error) {
	return note.Sign(&note.Note{Text: c.Text()}, signers...)
}

// OpenCheckpoint reads a signed checkpoint and requires a valid signature by
// one of the log's keys under the log's own name. Signatures of others are left in the
// note, unverified.
func OpenCheckpoint(signed []byte, logs ...Verifier) (Checkpoint, *note.Note, error) {
	if len(signed) > MaxCheckpoint {
		return Checkpoint{}, nil, errCheckpoint
	}
	n, err := note.Open(signed, note.VerifierList(logs...))
	if err != nil {
		return Checkpoint{}, nil, fmt.Errorf("checkpoint: %w", err)
	}
	c, err := ParseText(n.Text)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	for _, s := range n.Sigs {
		if s.Name == c.Origin {
			return c, n, nil
		}
	}
	return Checkpoint{}, nil, fmt.Errorf("checkpoint: %q did not sign for itself", shorten(c.Origin))
}

// AppendSignatures adds signature lines, as a witness answers them, to a signed
// checkpoint.
func AppendSignatures(signed []byte, sigs ...note.Signature) []byte {
	for _, s := range sigs {
		signed = append(signed, signatureLine(s)...)
	}
	return signed
}

func signatureLine(s note.Signature) string {
	return "— " + s.Name + " " + s.Base64 + "\n"
}

// rawSignature joins a key's hash and the signature as a note writes them.
func rawSignature(name string, hash uint32, sig []byte) note.Signature {
	b := append([]byte{byte(hash >> 24), byte(hash >> 16), byte(hash >> 8), byte(hash)}, sig...)
	return note.Signature{Name: name, Hash: hash, Base64: base64.StdEncoding.EncodeToString(b)}
}

// signatureBytes is the signature of a note's line without the key's hash.
func signatureBytes(s note.Signature) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(s.Base64)
	if err != nil || len(b) < 5 {
		return nil, errors.New("this is no signature")
	}
	return b[4:], nil
}
