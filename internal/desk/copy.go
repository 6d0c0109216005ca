package desk

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// CopyState is where an archived copy stands.
type CopyState string

// The states. A wanted copy has yet to be fetched; a failed one says why it
// could not be had, or that a member took it out; an erased one lost its text
// because it held a private person's data.
const (
	CopyWanted CopyState = "wanted"
	CopyKept   CopyState = "kept"
	CopyFailed CopyState = "failed"
	CopyErased CopyState = "erased"
)

// CopyWay says how a copy came here.
type CopyWay string

// The ways: fetched by this program, uploaded by a member, or a link to a
// third party's archive.
const (
	CopyFetched  CopyWay = "fetched"
	CopyUploaded CopyWay = "uploaded"
	CopyLinked   CopyWay = "linked"
)

// Bounds of archived copies.
const (
	// CopyDays is how long a copy is kept that no published version cites.
	CopyDays = 30
	// CopiesMax is how many copies a draft may have.
	CopiesMax = 20
	// CopyTextMax is the longest kept text, in bytes; a longer one is cut there.
	CopyTextMax = 512 << 10
	// UploadMax is the largest upload, in bytes.
	UploadMax = 2 << 20
)

// Copy is an archived copy of a source: what the page said when it was taken.
// Nothing in it says which member asked for it.
type Copy struct {
	ID      string
	DraftID string
	// URL is the source's address as the evidence names it.
	URL string
	// Page is source.Key of URL: one page is fetched once for a draft.
	Page  string
	Way   CopyWay
	State CopyState
	// Reason says why a copy failed, as a word of a closed list.
	Reason string
	// Tries counts how often fetching began.
	Tries int
	// FoundAt is where the page was found after redirects.
	FoundAt string
	// MediaType is what the page said it is, without parameters.
	MediaType string
	// Title and Text are the page's words without markup; both are empty where
	// they could not be read. Cut says that the text was longer than
	// CopyTextMax.
	Title, Text string
	Cut         bool
	// Size and Original are length and SHA-256, in hex, of the bytes as they
	// came.
	Size     int64
	Original string
	// SHA256 is the hash of File, in hex, which evidence carries and keys
	// approve. It is empty for links.
	SHA256 string
	// ArchiveURL is the third party's copy.
	ArchiveURL string
	// Asked is when a member wanted it, Kept when it was taken: UTC, whole
	// seconds for Kept.
	Asked, Kept time.Time
}

// Readable reports whether the text of the page could be kept.
func (c Copy) Readable() bool { return c.Text != "" }

// File is a copy as one plain text file: what is known of it, an empty line,
// and its text. SHA256 is the hash of these bytes, so that whoever saves the
// file can compute it anew with any tool. The format is part of the public
// record and does not change.
func (c Copy) File() []byte {
	var b strings.Builder
	b.WriteString("Copy of a source, format 1\n")
	how := "fetched by the desk"
	if c.Way == CopyUploaded {
		how = "uploaded by a member"
	}
	cut := "no"
	if c.Cut {
		cut = fmt.Sprintf("after %d bytes", len(c.Text))
	}
	for _, line := range [][2]string{
		{"Address", c.URL},
		{"Found at", c.FoundAt},
		{"Taken", c.Kept.UTC().Format(time.RFC3339)},
		{"How", how},
		{"Type", c.MediaType},
		{"Original bytes", fmt.Sprint(c.Size)},
		{"Original SHA-256", c.Original},
		{"Text cut", cut},
		{"Title", c.Title},
	} {
		b.WriteString(line[0] + ": " + strings.Join(strings.Fields(line[1]), " ") + "\n")
	}
	b.WriteString("\n" + c.Text)
	if c.Text != "" && !strings.HasSuffix(c.Text, "\n") {
		b.WriteString("\n")
	}
	return []byte(b.String())
}

// Sealed returns the copy with the hash of its file.
func (c Copy) Sealed() Copy {
	sum := sha256.Sum256(c.File())
	c.SHA256 = hex.EncodeToString(sum[:])
	return c
}
