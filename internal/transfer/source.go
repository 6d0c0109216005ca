package transfer

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sangto/internal/desk"
)

// Source is one input of an import.
type Source struct {
	// Name is shown beside problems and helps to tell formats apart.
	Name string
	// Size is its length in bytes for the progress, negative if unknown.
	Size int64
	// Open starts reading; the import closes what it returns.
	Open func() (io.ReadCloser, error)
}

// Stdin is the path that stands for standard input.
const Stdin = "-"

// Files makes sources of paths: files as they are, folders by the files in
// and below them whose names end like a format Import reads, Stdin as stdin.
// Hidden files and links in folders are passed over. A path that is not there,
// and a folder with nothing in it to read, are desk.NotFound.
func Files(paths []string, stdin io.Reader) ([]Source, error) {
	var out []Source
	for _, path := range paths {
		if path == Stdin {
			out = append(out, Source{Name: Stdin, Size: -1, Open: func() (io.ReadCloser, error) { return io.NopCloser(stdin), nil }})
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, &desk.Error{Kind: desk.NotFound, Op: "open source", Key: "import.error.path", Args: map[string]any{"Path": path}, Err: err}
		}
		if !info.IsDir() {
			out = append(out, file(path, info))
			continue
		}
		inside, err := folder(path)
		if err != nil {
			return nil, err
		}
		out = append(out, inside...)
	}
	return out, nil
}

func file(path string, info fs.FileInfo) Source {
	size := info.Size()
	if !info.Mode().IsRegular() {
		size = -1
	}
	return Source{Name: path, Size: size, Open: func() (io.ReadCloser, error) { return os.Open(path) }}
}

// suffixes are the endings of names that are read in a folder.
var suffixes = []string{".json", ".jsonld", ".ndjson", ".jsonl", ".html", ".htm", ".csv", ".tsv"}

func folder(root string) ([]Source, error) {
	var out []Source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path != root && strings.HasPrefix(d.Name(), ".") {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || !slices.Contains(suffixes, strings.ToLower(filepath.Ext(path))) {
			return nil
		}
		info, err := d.Info()
		if err == nil {
			out = append(out, file(path, info))
		}
		return err
	})
	if err == nil && len(out) == 0 {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, &desk.Error{Kind: desk.NotFound, Op: "open source", Key: "import.error.folder", Args: map[string]any{"Path": root}, Err: err}
	}
	return out, nil
}
