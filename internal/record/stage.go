package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"sangto/ledger"
)

// packStage writes a signed checkpoint and the files it needs as one file: a
// mark, then pairs of length-prefixed path and bytes, the checkpoint's under the empty path, then SHA-256 over it all.
func packStage(signed []byte, files []ledger.File) []byte {
	b := []byte(stageMark)
	b = appendPart(appendPart(b, nil), signed)
	for _, f := range files {
		b = appendPart(appendPart(b, []byte(f.Path)), f.Data)
	}
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

const stageMark = "sangto record stage 1\n"

func appendPart(b, part []byte) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(part))), part...)
}

var errStage = errors.New("the stage is damaged")

// unpackStage reads what packStage wrote. Anything else, of whatever bytes, is
// an error.
func unpackStage(b []byte) ([]byte, []ledger.File, error) {
	if len(b) < sha256.Size {
		return nil, nil, errStage
	}
	body, sum := b[:len(b)-sha256.Size], b[len(b)-sha256.Size:]
	if got := sha256.Sum256(body); !bytes.Equal(got[:], sum) {
		return nil, nil, errStage
	}
	rest, ok := bytes.CutPrefix(body, []byte(stageMark))
	if !ok {
		return nil, nil, errStage
	}
	var signed []byte
	var files []ledger.File
	for first := true; len(rest) > 0; first = false {
		var name, data []byte
		if name, rest, ok = cutPart(rest); ok {
			data, rest, ok = cutPart(rest)
		}
		switch {
		case !ok || first != (len(name) == 0) || !first && !validPath(string(name)):
			return nil, nil, errStage
		case first:
			signed = data
		default:
			files = append(files, ledger.File{Path: string(name), Data: data})
		}
	}
	if len(signed) == 0 {
		return nil, nil, errStage
	}
	return signed, files, nil
}

func cutPart(b []byte) (part, rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, nil, false
	}
	n := int64(binary.BigEndian.Uint32(b))
	if n > int64(len(b)-4) {
		return nil, nil, false
	}
	return b[4 : 4+n], b[4+n:], true
}
