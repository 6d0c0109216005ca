package ledger

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// MaxProof is the longest proof file this package reads, in bytes.
const MaxProof = 256 << 10

// proofHeader is the first line of a proof file.
const proofHeader = "c2sp.org/tlog-proof@v1"

// Proof is what a reader keeps beside a page to show later that it was in the
// log: the place of the entry, the hashes that lead from it to the root, and
// the checkpoint with its signatures (C2SP tlog-proof).
type Proof struct {
	// Extra is carried along and proves nothing; empty for none.
	Extra []byte
	Index int64
	// Hashes lead from the leaf's neighbour up to the root's child.
	Hashes []Hash
	// Checkpoint is the signed note, byte for byte.
	Checkpoint []byte
}

// Text is the proof file.
func (p Proof) Text() []byte {
	var b bytes.Buffer
	b.WriteString(proofHeader + "\n")
	if len(p.Extra) > 0 {
		b.WriteString("extra " + base64.StdEncoding.EncodeToString(p.Extra) + "\n")
	}
	fmt.Fprintf(&b, "index %d\n", p.Index)
	for _, h := range p.Hashes {
		b.WriteString(h.String() + "\n")
	}
	b.WriteString("\n")
	b.Write(p.Checkpoint)
	return b.Bytes()
}

var errProof = errors.New("this is not a proof file")

// ParseProof reads a proof file. It checks the form and nothing else; see
// [Proof.Verify].
func ParseProof(text []byte) (Proof, error) {
	if len(text) > MaxProof {
		return Proof{}, errProof
	}
	head, checkpoint, ok := bytes.Cut(text, []byte("\n\n"))
	if !ok || len(checkpoint) == 0 || len(checkpoint) > MaxCheckpoint {
		return Proof{}, errProof
	}
	lines := strings.Split(string(head), "\n")
	if lines[0] != proofHeader {
		return Proof{}, errProof
	}
	p := Proof{Checkpoint: checkpoint}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		b64 := lines[0][len("extra "):]
		var err error
		// Compared, because decoding forgives line breaks and bits left over.
		if p.Extra, err = base64.StdEncoding.DecodeString(b64); err != nil || base64.StdEncoding.EncodeToString(p.Extra) != b64 || b64 == "" {
			return Proof{}, errProof
		}
		lines = lines[1:]
	}
	if len(lines) == 0 {
		return Proof{}, errProof
	}
	number, ok := strings.CutPrefix(lines[0], "index ")
	index, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || index < 0 || index >= MaxSize || strconv.FormatInt(index, 10) != number {
		return Proof{}, errProof
	}
	p.Index = index
	p.Hashes, err = parseHashes(lines[1:])
	return p, err
}

// maxProofHashes is the longest path from a leaf to a root.
const maxProofHashes = 63

func parseHashes(lines []string) ([]Hash, error) {
	if len(lines) > maxProofHashes {
		return nil, fmt.Errorf("a proof has at most %d hashes, this one %d", maxProofHashes, len(lines))
	}
	var hashes []Hash
	for _, line := range lines {
		h, err := parseHash(line)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, h)
	}
	return hashes, nil
}

// Verify reports whether entry is in the log of the policy, at the place that
// the proof names. It returns the checkpoint and the names of the witnesses that signed it.
func (p Proof) Verify(policy *Policy, entry []byte) (Checkpoint, []string, error) {
	c, witnesses, err := policy.Open(p.Checkpoint)
	if err != nil {
		return Checkpoint{}, witnesses, err
	}
	if err := CheckInclusion(c, p.Index, entry, p.Hashes); err != nil {
		return Checkpoint{}, witnesses, err
	}
	return c, witnesses, nil
}

// CheckInclusion reports whether the hashes lead from the entry at index to
// the checkpoint's root (RFC 6962, section 2.1.1).
func CheckInclusion(c Checkpoint, index int64, entry []byte, hashes []Hash) error {
	if index < 0 || index >= c.Size {
		return fmt.Errorf("entry %d is not among the %d of this checkpoint", index, c.Size)
	}
	if err := tlog.CheckRecord(hashes, c.Size, c.Root, index, tlog.RecordHash(entry)); err != nil {
		return fmt.Errorf("the hashes do not lead from entry %d to the root", index)
	}
	return nil
}

// CheckConsistency reports whether the hashes show that the newer checkpoint
// only adds to the older one (RFC 6962, section 2.1.2). An empty log is
// consistent with every one.
func CheckConsistency(older, newer Checkpoint, hashes []Hash) error {
	switch {
	case older.Size > newer.Size:
		return fmt.Errorf("the log shrank from %d entries to %d", older.Size, newer.Size)
	case older.Size == newer.Size:
		if older.Root != newer.Root || len(hashes) > 0 {
			return fmt.Errorf("two different logs of %d entries", older.Size)
		}
		return nil
	case older.Size == 0:
		if len(hashes) > 0 || older.Root != emptyRoot() {
			return errors.New("the empty log has one root and needs no hashes")
		}
		return nil
	}
	if err := tlog.CheckTree(hashes, newer.Size, newer.Root, older.Size, older.Root); err != nil {
		return fmt.Errorf("the log of %d entries is not the beginning of the one of %d", older.Size, newer.Size)
	}
	return nil
}
