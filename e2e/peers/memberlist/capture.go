package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	_ "unsafe" // for go:linkname

	"github.com/hashicorp/go-msgpack/v2/codec"
	_ "github.com/hashicorp/memberlist"
)

// The library keeps its encoders to itself; these are they, under the names they have there.

//go:linkname libraryEncode github.com/hashicorp/memberlist.encode
func libraryEncode(kind uint8, message any, newTimeFormat bool) (*bytes.Buffer, error)

//go:linkname libraryCompound github.com/hashicorp/memberlist.makeCompoundMessage
func libraryCompound(messages [][]byte) *bytes.Buffer

//go:linkname libraryCompress github.com/hashicorp/memberlist.compressPayload
func libraryCompress(payload []byte, newTimeFormat bool) (*bytes.Buffer, error)

//go:linkname libraryEncrypt github.com/hashicorp/memberlist.encryptPayload
func libraryEncrypt(version uint8, key, message, data []byte, into *bytes.Buffer) error

//go:linkname libraryLabel github.com/hashicorp/memberlist.makeLabelHeader
func libraryLabel(label string, rest []byte) []byte

// The messages by their names on the wire; what crosses between two nodes in the suites proves that these are they.

type ping struct {
	SeqNo      uint32
	Node       string
	SourceAddr []byte `codec:",omitempty"`
	SourcePort uint16 `codec:",omitempty"`
	SourceNode string `codec:",omitempty"`
}

type indirectPing struct {
	SeqNo      uint32
	Target     []byte
	Port       uint16
	Node       string
	Nack       bool
	SourceAddr []byte `codec:",omitempty"`
	SourcePort uint16 `codec:",omitempty"`
	SourceNode string `codec:",omitempty"`
}

type ack struct {
	SeqNo   uint32
	Payload []byte
}

type nack struct{ SeqNo uint32 }

type accusation struct {
	Incarnation uint32
	Node        string
	From        string
}

type alive struct {
	Incarnation uint32
	Node        string
	Addr        []byte
	Port        uint16
	Meta        []byte
	Vsn         []uint8
}

type failure struct{ Error string }

type pushPullHeader struct {
	Nodes        int
	UserStateLen int
	Join         bool
}

type userHeader struct{ UserMsgLen int }

type pushPullNode struct {
	Name        string
	Addr        []byte
	Port        uint16
	Meta        []byte
	Incarnation uint32
	State       int
	Vsn         []uint8
}

var (
	ipv4     = []byte{192, 168, 7, 11}
	ipv6     = []byte{0xfd, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11}
	versions = []uint8{1, 5, 2, 0, 0, 0}
	key      = bytes.Repeat([]byte{7}, 32)
)

const label = "blue"

// capture prints what the library writes for one message of each type, as an object of hexadecimal texts.
func capture() {
	longMeta := bytes.Repeat([]byte("metadata"), 64)
	suspectBytes := encoded(3, accusation{70000, "node2", "node1"})
	pingBytes := encoded(0, ping{42, "node2", ipv4, 7946, "node1"})
	text := bytes.Repeat([]byte("the quick brown fox jumps over the lazy dog. "), 400)
	tables := append(append([]byte{6}, packed(pushPullHeader{2, 5, true})...), pushPullNodes()...)
	tables = append(tables, "state"...)
	compressed := must(libraryCompress(text, false))
	captured := map[string][]byte{
		"ping":            pingBytes,
		"ping-anonymous":  encoded(0, ping{SeqNo: 4294967295}),
		"indirect-ping":   encoded(1, indirectPing{300, ipv6, 7946, "node2", true, ipv4, 7000, "node1"}),
		"indirect-bare":   encoded(1, indirectPing{SeqNo: 128, Target: ipv4, Port: 65535, Node: "node2"}),
		"ack":             encoded(2, ack{42, nil}),
		"ack-payload":     encoded(2, ack{42, []byte("payload")}),
		"suspect":         suspectBytes,
		"alive":           encoded(4, alive{1, "node1", ipv4, 7946, []byte("steelyard/1 "), versions}),
		"alive-long":      encoded(4, alive{255, "a-node-with-a-name-of-more-than-31-bytes", ipv6, 1, longMeta, versions}),
		"alive-no-meta":   encoded(4, alive{0, "node1", ipv4, 0, nil, nil}),
		"dead":            encoded(5, accusation{65535, "node1", "node1"}),
		"nack":            encoded(11, nack{42}),
		"error":           encoded(13, failure{"no installed keys could decrypt the message"}),
		"user":            append([]byte{8}, "hello"...),
		"compound":        libraryCompound([][]byte{pingBytes, suspectBytes}).Bytes(),
		"compressed-text": compressed.Bytes(),
		"push-pull":       tables,
		"user-stream":     append(append([]byte{8}, packed(userHeader{5})...), "hello"...),
		"encrypted-0":     encrypted(0, pingBytes, nil),
		"encrypted-1":     encrypted(1, pingBytes, nil),
		"encrypted-label": libraryLabel(label, encrypted(1, pingBytes, []byte(label))),
		"label":           libraryLabel(label, pingBytes),
	}
	// Too long to be kept: its digest shows as well that every byte is the same.
	digest := sha256.Sum256(must(libraryCompress(noise(40000), false)).Bytes())
	captured["compressed-noise-sha256"] = digest[:]
	lines := map[string]string{}
	for name, content := range captured {
		lines[name] = hex.EncodeToString(content)
	}
	printer := json.NewEncoder(os.Stdout)
	printer.SetIndent("", "  ")
	if err := printer.Encode(lines); err != nil {
		panic(err)
	}
}

// noise uses up all codes of the compression several times.
func noise(length int) []byte {
	bytes, state := make([]byte, length), uint32(1)
	for index := range bytes {
		state = state*1103515245 + 12345
		bytes[index] = byte(state>>16) & 0x3f
	}
	return bytes
}

func pushPullNodes() []byte {
	first := packed(pushPullNode{"node1", ipv4, 7946, []byte("meta"), 3, 0, versions})
	return append(first, packed(pushPullNode{"node2", ipv6, 7946, nil, 4, 3, versions})...)
}

func encoded(kind uint8, message any) []byte {
	return must(libraryEncode(kind, message, false)).Bytes()
}

func encrypted(version uint8, message, data []byte) []byte {
	var buffer bytes.Buffer
	if err := libraryEncrypt(version, key, message, data, &buffer); err != nil {
		panic(err)
	}
	return buffer.Bytes()
}

// packed is what the library puts on a stream behind the byte of the type.
func packed(message any) []byte {
	var buffer bytes.Buffer
	if err := codec.NewEncoder(&buffer, &codec.MsgpackHandle{}).Encode(message); err != nil {
		panic(err)
	}
	return buffer.Bytes()
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
