// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// Each script asks the binary itself what may follow, so it never grows stale.
var completionScripts = map[string]string{
	"bash": `_korender() {
  local cur words
  cur="${COMP_WORDS[COMP_CWORD]}"
  words=("${COMP_WORDS[@]:0:COMP_CWORD}")
  if [[ "$cur" == -* ]]; then
    words+=("$cur")
  fi
  COMPREPLY=($(compgen -W "$("${words[@]}" --generate-bash-completion 2>/dev/null)" -- "$cur"))
}
complete -o bashdefault -o default -F _korender korender
`,
	"zsh": `#compdef korender
_korender() {
  local cur=${words[CURRENT]}
  local -a asked options
  asked=(${words[1,CURRENT-1]})
  if [[ "$cur" == -* ]]; then
    asked+=("$cur")
  fi
  options=(${(f)"$(${asked[@]} --generate-bash-completion 2>/dev/null)"})
  if (( ${#options} )); then
    compadd -- ${options[@]}
  fi
  _files
}
compdef _korender korender
`,
	"fish": `function __korender_complete
    set -l asked (commandline -opc)
    set -l cur (commandline -ct)
    if string match -q -- '-*' "$cur"
        set -a asked "$cur"
    end
    $asked --generate-bash-completion 2>/dev/null
end
complete -c korender -a '(__korender_complete)'
`,
}

func completionCommand(s streams) *cli.Command {
	shells := slices.Sorted(maps.Keys(completionScripts))
	return &cli.Command{
		Name:      "completion",
		Usage:     "print the completion script of a shell",
		UsageText: "korender completion bash|zsh|fish",
		Description: `EXAMPLES:
   source <(korender completion bash)
   korender completion zsh > "${fpath[1]}/_korender"
   korender completion fish > ~/.config/fish/completions/korender.fish`,
		BashComplete: func(*cli.Context) {
			_, _ = io.WriteString(s.out, strings.Join(shells, "\n")+"\n")
		},
		Action: func(c *cli.Context) error {
			script, ok := completionScripts[c.Args().First()]
			if !ok || c.NArg() != 1 {
				return usagef("", "completion takes one shell: %s", strings.Join(shells, ", "))
			}
			_, err := io.WriteString(s.out, script)
			return err
		},
	}
}
