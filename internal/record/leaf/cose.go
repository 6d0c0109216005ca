package leaf

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
)

// The labels and values of a COSE key (RFC 9052 section 7, RFC 9053, RFC 8230)
// that authenticators use.
const (
	coseType      = 1
	coseAlgorithm = 3
	coseCurve     = -1
	coseX         = -2
	coseY         = -3
	typeOKP       = 1
	typeEC2       = 2
	typeRSA       = 3
	curveEd25519  = 6
	coseMax       = 2048
)

var errCOSE = errors.New("not a COSE key that this program reads")

// PublicKey turns a COSE key into the form that standard libraries read:
// SubjectPublicKeyInfo (RFC 5280), and its COSE algorithm.
func PublicKey(cose []byte) (spki []byte, alg int, err error) {
	if len(cose) > coseMax {
		return nil, 0, errCOSE
	}
	ints, blobs, err := coseMap(cose)
	if err != nil {
		return nil, 0, err
	}
	alg = int(ints[coseAlgorithm])
	var key any
	switch ints[coseType] {
	case typeEC2:
		curve := map[int64]elliptic.Curve{1: elliptic.P256(), 2: elliptic.P384(), 3: elliptic.P521()}[ints[coseCurve]]
		if curve == nil {
			return nil, 0, errCOSE
		}
		point := append([]byte{4}, padded(blobs[coseX], curve)...)
		if key, err = ecdsa.ParseUncompressedPublicKey(curve, append(point, padded(blobs[coseY], curve)...)); err != nil {
			return nil, 0, fmt.Errorf("%w: %w", errCOSE, err)
		}
	case typeOKP:
		if ints[coseCurve] != curveEd25519 || len(blobs[coseX]) != ed25519.PublicKeySize {
			return nil, 0, errCOSE
		}
		key = ed25519.PublicKey(blobs[coseX])
	case typeRSA:
		n, e := blobs[coseCurve], blobs[coseX]
		if len(n) < 128 || len(e) == 0 || len(e) > 4 {
			return nil, 0, errCOSE
		}
		key = &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	default:
		return nil, 0, errCOSE
	}
	if alg == 0 {
		return nil, 0, errCOSE
	}
	if spki, err = x509.MarshalPKIXPublicKey(key); err != nil {
		return nil, 0, fmt.Errorf("%w: %w", errCOSE, err)
	}
	return spki, alg, nil
}

// padded fills a coordinate up to the curve's size.
func padded(b []byte, c elliptic.Curve) []byte {
	size := (c.Params().BitSize + 7) / 8
	if len(b) >= size {
		return b
	}
	return append(make([]byte, size-len(b)), b...)
}

// coseMap reads a CBOR map (RFC 8949) from whole numbers to whole numbers and
// byte strings, which is all that such a key is.
func coseMap(b []byte) (ints map[int64]int64, blobs map[int64][]byte, err error) {
	major, n, b, err := cborHead(b)
	if err != nil || major != 5 || n > 16 {
		return nil, nil, errCOSE
	}
	ints, blobs = map[int64]int64{}, map[int64][]byte{}
	for range n {
		var label int64
		if label, b, err = cborInt(b); err != nil {
			return nil, nil, err
		}
		major, size, rest, err := cborHead(b)
		if err != nil {
			return nil, nil, err
		}
		if major != 2 {
			if ints[label], b, err = cborInt(b); err != nil {
				return nil, nil, err
			}
			continue
		}
		if size > uint64(len(rest)) {
			return nil, nil, errCOSE
		}
		blobs[label], b = rest[:size], rest[size:]
	}
	if len(b) > 0 {
		return nil, nil, errCOSE
	}
	return ints, blobs, nil
}

// cborInt reads a whole number.
func cborInt(b []byte) (int64, []byte, error) {
	major, n, rest, err := cborHead(b)
	switch {
	case err != nil || n > 1<<31:
		return 0, nil, errCOSE
	case major == 0:
		return int64(n), rest, nil
	case major == 1:
		return -1 - int64(n), rest, nil
	}
	return 0, nil, errCOSE
}

// cborHead reads the head of an item: its major type and its argument.
func cborHead(b []byte) (major byte, n uint64, rest []byte, err error) {
	if len(b) == 0 {
		return 0, 0, nil, errCOSE
	}
	major, n, b = b[0]>>5, uint64(b[0]&31), b[1:]
	if n < 24 {
		return major, n, b, nil
	}
	size := map[uint64]int{24: 1, 25: 2, 26: 4}[n]
	if size == 0 || len(b) < size {
		return 0, 0, nil, errCOSE
	}
	var full [8]byte
	copy(full[8-size:], b[:size])
	return major, binary.BigEndian.Uint64(full[:]), b[size:], nil
}
