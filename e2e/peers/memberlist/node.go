package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"reflect"
	"sort"
	"sync"
	"time"
	_ "unsafe" // for go:linkname

	"github.com/hashicorp/memberlist"
)

type settings struct {
	Name     string   `json:"name"`
	Address  string   `json:"address"`
	Port     int      `json:"port"`
	Join     []string `json:"join"`
	Keys     []string `json:"keys"` // hexadecimal, the one to encrypt with first
	Label    string   `json:"label"`
	Compress bool     `json:"compress"`
	TCPPings bool     `json:"tcpPings"`
	Meta     string   `json:"meta"`
	State    string   `json:"state"`
	// How many times faster than on a LAN.
	Speed int `json:"speed"`
}

type command struct {
	Do     string   `json:"do"`
	To     string   `json:"to"`
	Text   string   `json:"text"`
	Peers  []string `json:"peers"`
	Keys   []string `json:"keys"`
	Stream bool     `json:"stream"` // instead of a datagram
}

type member struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Port    uint16 `json:"port"`
	Meta    string `json:"meta"`
	State   string `json:"state"`
}

type event struct {
	Is      string   `json:"is"`
	Text    string   `json:"text,omitempty"`
	Members []member `json:"members,omitempty"`
}

type node struct {
	list  *memberlist.Memberlist
	ring  *memberlist.Keyring
	queue *memberlist.TransmitLimitedQueue
	lock  sync.Mutex
	meta  string
	state string
	known map[string]*memberlist.Node
}

func start(settings settings) (*node, error) {
	node := &node{meta: settings.Meta, state: settings.State, known: map[string]*memberlist.Node{}}
	config, err := node.configuration(settings)
	if err != nil {
		return nil, err
	}
	node.ring = config.Keyring
	node.queue = &memberlist.TransmitLimitedQueue{RetransmitMult: config.RetransmitMult, NumNodes: func() int {
		if node.list == nil {
			return 1
		}
		return node.list.NumMembers()
	}}
	if node.list, err = memberlist.Create(config); err != nil {
		return nil, err
	}
	say(event{Is: "started"})
	go node.watchMembers()
	if len(settings.Join) > 0 {
		go node.try(command{Do: "join", Peers: settings.Join})
	}
	return node, nil
}

func (n *node) configuration(settings settings) (*memberlist.Config, error) {
	config := memberlist.DefaultLANConfig()
	speed := time.Duration(max(1, settings.Speed))
	config.ProbeInterval /= speed
	config.ProbeTimeout /= speed
	config.GossipInterval /= speed
	config.PushPullInterval /= speed
	config.GossipToTheDeadTime /= speed
	config.TCPTimeout /= speed
	config.Name = settings.Name
	config.BindAddr, config.BindPort, config.AdvertisePort = settings.Address, settings.Port, settings.Port
	config.Label = settings.Label
	config.EnableCompression = settings.Compress
	config.DisableTcpPings = !settings.TCPPings
	config.Delegate = n
	config.Events = n
	config.LogOutput = io.Discard
	if os.Getenv("MEMBERLIST_LOG") != "" {
		config.LogOutput = os.Stderr
	}
	keys, err := decodeKeys(settings.Keys)
	if err == nil && len(keys) > 0 {
		config.Keyring, err = memberlist.NewKeyring(keys, keys[0])
	}
	return config, err
}

func decodeKeys(texts []string) (keys [][]byte, err error) {
	for _, text := range texts {
		key, err := hex.DecodeString(text)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// try performs a command, and says when that fails: who cannot be joined may come later.
func (n *node) try(command command) {
	if err := n.perform(command); err != nil {
		say(event{Is: "failed", Text: command.Do + ": " + err.Error()})
	}
}

func (n *node) perform(command command) error {
	switch command.Do {
	case "join":
		_, err := n.list.Join(command.Peers)
		return err
	case "send":
		return n.send(command)
	case "broadcast":
		n.queue.QueueBroadcast(broadcast(append([]byte{}, command.Text...)))
	case "meta":
		n.lock.Lock()
		n.meta = command.Text
		n.lock.Unlock()
		return n.list.UpdateNode(time.Second)
	case "state":
		n.lock.Lock()
		n.state = command.Text
		n.lock.Unlock()
	case "keys":
		return n.changeKeys(command.Keys)
	case "leave":
		err := n.list.Leave(2 * time.Second)
		say(event{Is: "left"})
		return err
	case "stop":
		if err := n.list.Shutdown(); err != nil {
			return err
		}
		os.Exit(0)
	default:
		return fmt.Errorf("nothing known of that name")
	}
	return nil
}

func (n *node) send(command command) error {
	for _, member := range n.list.Members() {
		if member.Name != command.To {
			continue
		}
		if command.Stream {
			return n.list.SendReliable(member, []byte(command.Text))
		}
		return n.list.SendBestEffort(member, []byte(command.Text))
	}
	return fmt.Errorf("%s is no member", command.To)
}

// changeKeys makes the keys those of the ring, the first the one to encrypt with.
func (n *node) changeKeys(texts []string) error {
	keys, err := decodeKeys(texts)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := n.ring.AddKey(key); err != nil {
			return err
		}
	}
	if err := n.ring.UseKey(keys[0]); err != nil {
		return err
	}
	for _, old := range n.ring.GetKeys() {
		if !contains(keys, old) {
			if err := n.ring.RemoveKey(old); err != nil {
				return err
			}
		}
	}
	return nil
}

func contains(keys [][]byte, key []byte) bool {
	for _, one := range keys {
		if string(one) == string(key) {
			return true
		}
	}
	return false
}

// The library tells nobody that a node is suspected, or whether it has left or failed.
//
//go:linkname stateOf github.com/hashicorp/memberlist.(*Memberlist).getNodeState
func stateOf(list *memberlist.Memberlist, name string) memberlist.NodeStateType

func (n *node) watchMembers() {
	var last []member
	for {
		if table := n.table(); !reflect.DeepEqual(table, last) {
			last = table
			say(event{Is: "members", Members: table})
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (n *node) table() []member {
	for _, one := range n.list.Members() {
		n.remember(one)
	}
	table := []member{}
	for name, one := range n.everybody() {
		if state, isKnown := n.stateOf(name); isKnown {
			table = append(table, member{name, one.Addr.String(), one.Port, string(one.Meta), state})
		}
	}
	sort.Slice(table, func(a, b int) bool { return table[a].Name < table[b].Name })
	return table
}

// everybody is a copy: the library calls us under its own lock, so that asking it under ours would be a deadlock.
func (n *node) everybody() map[string]*memberlist.Node {
	n.lock.Lock()
	defer n.lock.Unlock()
	return maps.Clone(n.known)
}

// stateOf asks for a node that the library may have forgotten meanwhile, which it does not expect.
func (n *node) stateOf(name string) (state string, isKnown bool) {
	defer func() { _ = recover() }()
	return []string{"alive", "suspect", "dead", "left"}[stateOf(n.list, name)], true
}

func (n *node) remember(one *memberlist.Node) {
	n.lock.Lock()
	defer n.lock.Unlock()
	copied := *one
	n.known[one.Name] = &copied
}

// What the library asks and tells its user.

func (n *node) NodeMeta(int) []byte {
	n.lock.Lock()
	defer n.lock.Unlock()
	return []byte(n.meta)
}

func (n *node) LocalState(bool) []byte {
	n.lock.Lock()
	defer n.lock.Unlock()
	return []byte(n.state)
}

func (n *node) NotifyMsg(message []byte) { say(event{Is: "message", Text: string(message)}) }

func (n *node) MergeRemoteState(state []byte, _ bool) {
	say(event{Is: "state", Text: string(state)})
}

func (n *node) GetBroadcasts(overhead, limit int) [][]byte {
	return n.queue.GetBroadcasts(overhead, limit)
}

func (n *node) NotifyJoin(one *memberlist.Node)   { n.remember(one) }
func (n *node) NotifyUpdate(one *memberlist.Node) { n.remember(one) }
func (n *node) NotifyLeave(*memberlist.Node)      {}

type broadcast []byte

func (b broadcast) Invalidates(memberlist.Broadcast) bool { return false }
func (b broadcast) Message() []byte                       { return b }
func (b broadcast) Finished()                             {}

var standardOutput sync.Mutex

func say(event event) {
	standardOutput.Lock()
	defer standardOutput.Unlock()
	line, _ := json.Marshal(event)
	fmt.Println(string(line))
}
