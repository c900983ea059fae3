//! `snapback completions`

use clap::{Arg, Command, ValueHint};
use clap_complete::{Shell, generate};

use super::{Outcome, complete_values};
use crate::context::Context;
use crate::error::Result;

/// The arguments of `snapback completions`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Prints the completion script of a shell.
///
/// # Errors
/// Those of [`Context::answers_as_text`].
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    context.answers_as_text("a completion script")?;
    context.ui.raw(&script(args.shell));
    Ok(Outcome::done())
}

/// The completion script of a shell: the generated one, and before it the code that asks snapback for values of the
/// state file.
pub fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    let definition = crate::commands::definition();
    // In bash snapback itself says where no file can stand: hints would make the script half as long again.
    let mut definition = if shell == Shell::Bash { definition } else { hinted(definition) };
    generate(shell, &mut definition, "snapback", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    match shell {
        Shell::Bash => script.replace("complete -F _snapback ", "complete -F _snapback_or_values ") + BASH,
        // The last lines call the function, or make it known to the shell.
        Shell::Zsh => match script.rsplit_once("\nif [ \"$funcstack[1]\"") {
            Some((definition, _)) => {
                format!("{}{ZSH}", definition.replacen("\n_snapback() {", "\n_snapback_words() {", 1))
            }
            None => script,
        },
        Shell::Fish => fish(&script) + FISH,
        Shell::PowerShell => {
            let begin = "    $commandElements = $commandAst.CommandElements\n";
            script.replacen(begin, &format!("{begin}{POWERSHELL}"), 1)
        }
        _ => script,
    }
}

/// The definition, in which only what takes a file asks the shell for one.
fn hinted(command: Command) -> Command {
    let hinted = |arg: Arg| match arg.get_action().takes_values() && !complete_values::is_for_files(&arg) {
        true => arg.value_hint(ValueHint::Other),
        false => arg,
    };
    command.mut_args(hinted).mut_subcommands(self::hinted)
}

/// Adapts fish's script: fish asks only the option itself for its value.
fn fish(script: &str) -> String {
    let options = complete_values::options_with_names(&super::definition());
    let is_one = |line: &str| options.iter().any(|long| line.contains(&format!(" -l {long} ")));
    let line = |line: &str| match line.strip_suffix(" -r -f").filter(|line| is_one(line)) {
        Some(line) => format!("{line} -r -f -k -a '(__snapback_values)'\n"),
        None => format!("{line}\n"),
    };
    script.lines().map(line).collect()
}

/// Asks snapback for values first, then the generated function. `$2` is bash's current word; readline does not need to
/// quote the answer. The generated function offers options and verbs alike, so this one keeps options for a word that
/// begins with a dash.
const BASH: &str = r#"
_snapback_or_values() {
    local reply
    COMPREPLY=()
    while IFS= read -r reply; do
        COMPREPLY+=("$reply")
    done < <(command "${1/#\~\//$HOME/}" complete-values bash "${COMP_LINE:0:COMP_POINT}" "$2" 2> /dev/null)
    if [[ ${#COMPREPLY[@]} -gt 0 ]]; then
        if [[ ${#COMPREPLY[@]} -eq 1 && -z ${COMPREPLY[0]} ]]; then
            # There is nothing to offer: what was typed stays.
            COMPREPLY=("$2")
            compopt -o nospace 2> /dev/null
        fi
        return 0
    fi
    _snapback "$@"
    local offered=("${COMPREPLY[@]}")
    COMPREPLY=()
    for reply in "${offered[@]}"; do
        if [[ $2 == -* || $reply != [-\[\<]* ]]; then
            COMPREPLY+=("$reply")
        fi
    done
}
"#;

/// The function that is asked has the name of its file, from which zsh loads it; so it stays the same when it was
/// loaded.
const ZSH: &str = r#"
_snapback() {
    local line
    local -a names shown
    for line in "${(@f)$(command ${~words[1]} complete-values zsh "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2> /dev/null)}"; do
        [[ -n $line ]] || continue
        names+=("${line%%$'\t'*}")
        shown+=("${line%%$'\t'*}  ${line#*$'\t'}")
    done
    if (( $#names )); then
        [[ $PREFIX != --*=* ]] || compset -P "${PREFIX%%=*}="
        compadd -V values -l -d shown -a names
    else
        _snapback_words "$@"
    fi
}

if [ "$funcstack[1]" = "_snapback" ]; then
    _snapback "$@"
else
    compdef _snapback snapback
fi
"#;

const FISH: &str = r#"
function __snapback_values
    set -l words (commandline -opc)
    command $words[1] complete-values fish $words[2..-1] (commandline -ct | string unescape) 2> /dev/null
end
complete -c snapback -k -f -n "test (count (__snapback_values)) -gt 0" -a "(__snapback_values)"
"#;

/// Puts a name in quotes if it is not a plain word. The current word gets a colon before it: PowerShell would leave out
/// an empty one.
const POWERSHELL: &str = r#"
    $before = @($commandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or $_.Extent.Text -ne $wordToComplete } |
        ForEach-Object { if ($_ -is [StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text } })
    $typed = $wordToComplete.Trim("'", '"')
    $values = @(& "$($commandElements[0])" complete-values powershell @before ":$typed" 2> $null | ForEach-Object {
        $name, $about = $_ -split "`t", 2
        $text = if ($name -match '^[\w./:-]+$') { $name } else { "'" + $name.Replace("'", "''") + "'" }
        [CompletionResult]::new($text, $name, [CompletionResultType]::ParameterValue, "$name $about")
    })
    if ($values.Count -gt 0) { return $values }

"#;
