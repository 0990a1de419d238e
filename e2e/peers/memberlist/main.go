// A node of the genuine memberlist library, driven by lines of JSON: what the suites tell it on standard input, what it
// has seen on standard output. The README says which lines there are.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("one argument: the settings as JSON, or capture"))
	}
	if os.Args[1] == "capture" {
		capture()
		return
	}
	var settings settings
	if err := json.Unmarshal([]byte(os.Args[1]), &settings); err != nil {
		fail(err)
	}
	node, err := start(settings)
	if err != nil {
		fail(err)
	}
	commands := bufio.NewScanner(os.Stdin)
	commands.Buffer(nil, 1<<20)
	for commands.Scan() {
		var command command
		if err := json.Unmarshal(commands.Bytes(), &command); err != nil {
			fail(err)
		}
		// Joining and leaving take their time, and others shall not wait for them.
		go node.try(command)
	}
}

func fail(err error) {
	say(event{Is: "failed", Text: err.Error()})
	os.Exit(1)
}
