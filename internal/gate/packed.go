package gate

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
)

// Packed is a long answer that is made once, kept compressed and sent often. It
// is for published matter alone. It does not change and is safe for concurrent
// use.
type Packed struct {
	contentType string
	packed      []byte
}

// ErrTooLong is the error of Pack for what it would not keep.
var ErrTooLong = errors.New("too long to be kept")

// Pack keeps what write writes. Its error is that of write, or ErrTooLong for
// what takes more than most bytes when it is compressed.
func Pack(contentType string, most int, write func(io.Writer) error) (*Packed, error) {
	out := &bounded{most: most}
	z := gzip.NewWriter(out)
	if err := errors.Join(write(z), z.Close()); err != nil {
		return nil, err
	}
	return &Packed{contentType: contentType, packed: bytes.Clone(out.Bytes())}, nil
}

// bounded takes no more than most bytes.
type bounded struct {
	bytes.Buffer
	most int
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > b.most {
		return 0, ErrTooLong
	}
	return b.Buffer.Write(p)
}

// Serve answers with k: as it is kept to a reader who takes gzip, as it was
// written to others. Its error is that of writing to the reader.
func (k *Packed) Serve(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", k.contentType)
	if p := held(w); p != nil && p.gzip && !p.private() {
		w.Header().Set("Content-Encoding", "gzip")
		_, err := w.Write(k.packed)
		return err
	}
	plain, err := gzip.NewReader(bytes.NewReader(k.packed))
	if err != nil {
		return err
	}
	_, err = io.Copy(w, plain)
	return err
}
