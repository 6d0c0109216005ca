package gate

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"

	"sangto/internal/desk"
)

// Upload is the one file of a form of the desk. Its name is not kept: it can
// say whose computer it came from.
type Upload struct {
	Body        []byte
	ContentType string
}

// ReadUpload reads a multipart form with at most one file, in memory and
// never in a temporary file. limit bounds the file, in bytes; the fields beside
// it may have 16 KiB. Its errors are those of ReadBody.
func ReadUpload(w http.ResponseWriter, r *http.Request, limit int64) (url.Values, Upload, error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" || encoded(r.Header.Get("Content-Encoding")) {
		return nil, Upload{}, bodyError(desk.Invalid, "error.body.form")
	}
	body, err := readAll(w, r, limit+2*bodyOverhead)
	if err != nil {
		return nil, Upload{}, err
	}
	f := newFields(bodyOverhead)
	var file *Upload
	reader := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, Upload{}, bodyError(desk.Invalid, "error.body.form")
		}
		if _, isFile := dispositionOf(part)["filename"]; !isFile {
			if err := f.addPart(part); err != nil {
				return nil, Upload{}, err
			}
			continue
		}
		if file != nil || transferEncoded(part.Header.Get("Content-Transfer-Encoding")) {
			return nil, Upload{}, bodyError(desk.Invalid, "error.body.form")
		}
		content, err := io.ReadAll(io.LimitReader(part, limit+1))
		if err != nil {
			return nil, Upload{}, bodyError(desk.Invalid, "error.body.form")
		}
		if int64(len(content)) > limit {
			return nil, Upload{}, bodyError(desk.TooLarge, "error.body.large")
		}
		file = &Upload{Body: content, ContentType: part.Header.Get("Content-Type")}
	}
	if file == nil {
		return nil, Upload{}, bodyError(desk.Invalid, "error.body.form")
	}
	return f.values, *file, nil
}

func dispositionOf(part *multipart.Part) map[string]string {
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil {
		return nil
	}
	return params
}
