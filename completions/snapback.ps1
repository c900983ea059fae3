
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'snapback' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'snapback'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'snapback' {
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('--deployment', '--deployment', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var', '--var', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var-file', '--var-file', [CompletionResultType]::ParameterName, 'Give a variable the text of a file')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-file', '--vars-file', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-env', '--vars-env', [CompletionResultType]::ParameterName, 'Take variables from the environment, where PREFIX_NAME has the value, as YAML')
            [CompletionResult]::new('--vars-store', '--vars-store', [CompletionResultType]::ParameterName, 'Take variables that nothing else gives from create-env''s store')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Answer in a typed form for programs')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a hook may run [default: without end]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for what another operation has claimed [default: 0]')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--non-interactive', '--non-interactive', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer in the shape of `bosh --json`')
            [CompletionResult]::new('--tty', '--tty', [CompletionResultType]::ParameterName, 'Draw tables as on a terminal, wherever they go [env: BOSH_TTY]')
            [CompletionResult]::new('--no-color', '--no-color', [CompletionResultType]::ParameterName, 'No colours, no bold [env: NO_COLOR]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--allow-network-fs', '--allow-network-fs', [CompletionResultType]::ParameterName, 'Trust the locks of a network file system under the state file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('snapshots', 'snapshots', [CompletionResultType]::ParameterValue, 'List snapshots')
            [CompletionResult]::new('take', 'take', [CompletionResultType]::ParameterValue, 'Take snapshots of the persistent disks of instances')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete snapshots by CID')
            [CompletionResult]::new('delete-all', 'delete-all', [CompletionResultType]::ParameterValue, 'Delete all snapshots of a deployment, or of a part of it')
            [CompletionResult]::new('promote', 'promote', [CompletionResultType]::ParameterValue, 'Make a new persistent disk from a snapshot')
            [CompletionResult]::new('restore', 'restore', [CompletionResultType]::ParameterValue, 'Put an instance on a new disk made from a snapshot')
            [CompletionResult]::new('undo', 'undo', [CompletionResultType]::ParameterValue, 'Undo a restore (or an undo): bring the former disk back')
            [CompletionResult]::new('recover', 'recover', [CompletionResultType]::ParameterValue, 'Finish or roll back what interrupted commands left open')
            [CompletionResult]::new('operations', 'operations', [CompletionResultType]::ParameterValue, 'List operations, or the steps of one')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write a commented manifest and inventory for the local backend, and an empty state file')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Take in an inventory, or what BOSH''s tools say: instances, VMs, disks, snapshots')
            [CompletionResult]::new('instances', 'instances', [CompletionResultType]::ParameterValue, 'List instances and their disks')
            [CompletionResult]::new('disks', 'disks', [CompletionResultType]::ParameterValue, 'List persistent disks')
            [CompletionResult]::new('state', 'state', [CompletionResultType]::ParameterValue, 'Look after the state file')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Show the main job on real disks, in a directory of its own')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'snapback;snapshots' {
            [CompletionResult]::new('--before', '--before', [CompletionResultType]::ParameterName, 'Only those taken before this time (RFC 3339, ''YYYY-MM-DD HH:MM'', or HH:MM; UTC)')
            [CompletionResult]::new('--after', '--after', [CompletionResultType]::ParameterName, 'Only those taken at this time or after it')
            [CompletionResult]::new('--made-by', '--made-by', [CompletionResultType]::ParameterName, 'Only those that this CPI made')
            [CompletionResult]::new('--column', '--column', [CompletionResultType]::ParameterName, 'Show only this column (may be repeated)')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('--deployment', '--deployment', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var', '--var', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var-file', '--var-file', [CompletionResultType]::ParameterName, 'Give a variable the text of a file')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-file', '--vars-file', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-env', '--vars-env', [CompletionResultType]::ParameterName, 'Take variables from the environment, where PREFIX_NAME has the value, as YAML')
            [CompletionResult]::new('--vars-store', '--vars-store', [CompletionResultType]::ParameterName, 'Take variables that nothing else gives from create-env''s store')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Answer in a typed form for programs')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a hook may run [default: without end]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for what another operation has claimed [default: 0]')
            [CompletionResult]::new('--clean', '--clean', [CompletionResultType]::ParameterName, 'Only those taken while the processes were stopped')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show all columns')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--non-interactive', '--non-interactive', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer in the shape of `bosh --json`')
            [CompletionResult]::new('--tty', '--tty', [CompletionResultType]::ParameterName, 'Draw tables as on a terminal, wherever they go [env: BOSH_TTY]')
            [CompletionResult]::new('--no-color', '--no-color', [CompletionResultType]::ParameterName, 'No colours, no bold [env: NO_COLOR]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--allow-network-fs', '--allow-network-fs', [CompletionResultType]::ParameterName, 'Trust the locks of a network file system under the state file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'snapback;take' {
            [CompletionResult]::new('--parallel', '--parallel', [CompletionResultType]::ParameterName, 'How many snapshots to take at once')
            [CompletionResult]::new('--note', '--note', [CompletionResultType]::ParameterName, 'A note to keep with the snapshots')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('--deployment', '--deployment', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var', '--var', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var-file', '--var-file', [CompletionResultType]::ParameterName, 'Give a variable the text of a file')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-file', '--vars-file', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-env', '--vars-env', [CompletionResultType]::ParameterName, 'Take variables from the environment, where PREFIX_NAME has the value, as YAML')
            [CompletionResult]::new('--vars-store', '--vars-store', [CompletionResultType]::ParameterName, 'Take variables that nothing else gives from create-env''s store')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Answer in a typed form for programs')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a hook may run [default: without end]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for what another operation has claimed [default: 0]')
            [CompletionResult]::new('--all-deployments', '--all-deployments', [CompletionResultType]::ParameterName, 'Of every deployment')
            [CompletionResult]::new('--clean', '--clean', [CompletionResultType]::ParameterName, 'The processes are stopped: record the snapshots as clean')
            [CompletionResult]::new('--allow-torn', '--allow-torn', [CompletionResultType]::ParameterName, 'Accept a copy taken while something could write, and record it as torn')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be taken, and take nothing')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--non-interactive', '--non-interactive', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer in the shape of `bosh --json`')
            [CompletionResult]::new('--tty', '--tty', [CompletionResultType]::ParameterName, 'Draw tables as on a terminal, wherever they go [env: BOSH_TTY]')
            [CompletionResult]::new('--no-color', '--no-color', [CompletionResultType]::ParameterName, 'No colours, no bold [env: NO_COLOR]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--allow-network-fs', '--allow-network-fs', [CompletionResultType]::ParameterName, 'Trust the locks of a network file system under the state file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'snapback;delete' {
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('--deployment', '--deployment', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var', '--var', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var-file', '--var-file', [CompletionResultType]::ParameterName, 'Give a variable the text of a file')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-file', '--vars-file', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-env', '--vars-env', [CompletionResultType]::ParameterName, 'Take variables from the environment, where PREFIX_NAME has the value, as YAML')
            [CompletionResult]::new('--vars-store', '--vars-store', [CompletionResultType]::ParameterName, 'Take variables that nothing else gives from create-env''s store')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Answer in a typed form for programs')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a hook may run [default: without end]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for what another operation has claimed [default: 0]')
            [CompletionResult]::new('--ignore-missing', '--ignore-missing', [CompletionResultType]::ParameterName, 'Pass over CIDs that nobody knows')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be deleted, and delete nothing')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--non-interactive', '--non-interactive', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer in the shape of `bosh --json`')
            [CompletionResult]::new('--tty', '--tty', [CompletionResultType]::ParameterName, 'Draw tables as on a terminal, wherever they go [env: BOSH_TTY]')
            [CompletionResult]::new('--no-color', '--no-color', [CompletionResultType]::ParameterName, 'No colours, no bold [env: NO_COLOR]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--allow-network-fs', '--allow-network-fs', [CompletionResultType]::ParameterName, 'Trust the locks of a network file system under the state file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'snapback;delete-all' {
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('--deployment', '--deployment', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var', '--var', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var-file', '--var-file', [CompletionResultType]::ParameterName, 'Give a variable the text of a file')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-file', '--vars-file', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-env', '--vars-env', [CompletionResultType]::ParameterName, 'Take variables from the environment, where PREFIX_NAME has the value, as YAML')
            [CompletionResult]::new('--vars-store', '--vars-store', [CompletionResultType]::ParameterName, 'Take variables that nothing else gives from create-env''s store')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Answer in a typed form for programs')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a hook may run [default: without end]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for what another operation has claimed [default: 0]')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be deleted, and delete nothing')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--non-interactive', '--non-interactive', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer in the shape of `bosh --json`')
            [CompletionResult]::new('--tty', '--tty', [CompletionResultType]::ParameterName, 'Draw tables as on a terminal, wherever they go [env: BOSH_TTY]')
            [CompletionResult]::new('--no-color', '--no-color', [CompletionResultType]::ParameterName, 'No colours, no bold [env: NO_COLOR]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--allow-network-fs', '--allow-network-fs', [CompletionResultType]::ParameterName, 'Trust the locks of a network file system under the state file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'snapback;promote' {
            [CompletionResult]::new('--az', '--az', [CompletionResultType]::ParameterName, 'The availability zone of the new disk [default: the snapshot''s]')
            [CompletionResult]::new('--size', '--size', [CompletionResultType]::ParameterName, 'The size of the new disk [default: the snapshot''s]')
            [CompletionResult]::new('--cloud-properties', '--cloud-properties', [CompletionResultType]::ParameterName, 'The CPI''s cloud properties of the new disk, as JSON [default: those of the snapshot''s disk]')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('--deployment', '--deployment', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var', '--var', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var-file', '--var-file', [CompletionResultType]::ParameterName, 'Give a variable the text of a file')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-file', '--vars-file', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-env', '--vars-env', [CompletionResultType]::ParameterName, 'Take variables from the environment, where PREFIX_NAME has the value, as YAML')
            [CompletionResult]::new('--vars-store', '--vars-store', [CompletionResultType]::ParameterName, 'Take variables that nothing else gives from create-env''s store')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Answer in a typed form for programs')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a hook may run [default: without end]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for what another operation has claimed [default: 0]')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Look whether it can be done, and do nothing')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--non-interactive', '--non-interactive', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer in the shape of `bosh --json`')
            [CompletionResult]::new('--tty', '--tty', [CompletionResultType]::ParameterName, 'Draw tables as on a terminal, wherever they go [env: BOSH_TTY]')
            [CompletionResult]::new('--no-color', '--no-color', [CompletionResultType]::ParameterName, 'No colours, no bold [env: NO_COLOR]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--allow-network-fs', '--allow-network-fs', [CompletionResultType]::ParameterName, 'Trust the locks of a network file system under the state file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'snapback;restore' {
            [CompletionResult]::new('--latest', '--latest', [CompletionResultType]::ParameterName, 'The newest snapshot of this instance')
            [CompletionResult]::new('--before', '--before', [CompletionResultType]::ParameterName, 'With --latest: the newest that was taken before this time (RFC 3339, ''YYYY-MM-DD HH:MM'', or HH:MM; UTC)')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Put this instance on it [default: the one that it was taken of]')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('--deployment', '--deployment', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var', '--var', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var-file', '--var-file', [CompletionResultType]::ParameterName, 'Give a variable the text of a file')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-file', '--vars-file', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-env', '--vars-env', [CompletionResultType]::ParameterName, 'Take variables from the environment, where PREFIX_NAME has the value, as YAML')
            [CompletionResult]::new('--vars-store', '--vars-store', [CompletionResultType]::ParameterName, 'Take variables that nothing else gives from create-env''s store')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Answer in a typed form for programs')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a hook may run [default: without end]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for what another operation has claimed [default: 0]')
            [CompletionResult]::new('--allow-torn', '--allow-torn', [CompletionResultType]::ParameterName, 'Accept a torn copy as the safety snapshot of the old disk')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show the plan, and do nothing')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--non-interactive', '--non-interactive', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer in the shape of `bosh --json`')
            [CompletionResult]::new('--tty', '--tty', [CompletionResultType]::ParameterName, 'Draw tables as on a terminal, wherever they go [env: BOSH_TTY]')
            [CompletionResult]::new('--no-color', '--no-color', [CompletionResultType]::ParameterName, 'No colours, no bold [env: NO_COLOR]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--allow-network-fs', '--allow-network-fs', [CompletionResultType]::ParameterName, 'Trust the locks of a network file system under the state file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'snapback;undo' {
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('--deployment', '--deployment', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var', '--var', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var-file', '--var-file', [CompletionResultType]::ParameterName, 'Give a variable the text of a file')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-file', '--vars-file', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-env', '--vars-env', [CompletionResultType]::ParameterName, 'Take variables from the environment, where PREFIX_NAME has the value, as YAML')
            [CompletionResult]::new('--vars-store', '--vars-store', [CompletionResultType]::ParameterName, 'Take variables that nothing else gives from create-env''s store')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Answer in a typed form for programs')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a hook may run [default: without end]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for what another operation has claimed [default: 0]')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show the plan, and do nothing')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--non-interactive', '--non-interactive', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer in the shape of `bosh --json`')
            [CompletionResult]::new('--tty', '--tty', [CompletionResultType]::ParameterName, 'Draw tables as on a terminal, wherever they go [env: BOSH_TTY]')
            [CompletionResult]::new('--no-color', '--no-color', [CompletionResultType]::ParameterName, 'No colours, no bold [env: NO_COLOR]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--allow-network-fs', '--allow-network-fs', [CompletionResultType]::ParameterName, 'Trust the locks of a network file system under the state file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'snapback;recover' {
            [CompletionResult]::new('--take-over', '--take-over', [CompletionResultType]::ParameterName, 'Recover this operation of another host, which is surely dead')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('--deployment', '--deployment', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var', '--var', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var-file', '--var-file', [CompletionResultType]::ParameterName, 'Give a variable the text of a file')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-file', '--vars-file', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-env', '--vars-env', [CompletionResultType]::ParameterName, 'Take variables from the environment, where PREFIX_NAME has the value, as YAML')
            [CompletionResult]::new('--vars-store', '--vars-store', [CompletionResultType]::ParameterName, 'Take variables that nothing else gives from create-env''s store')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Answer in a typed form for programs')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a hook may run [default: without end]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for what another operation has claimed [default: 0]')
            [CompletionResult]::new('--resume', '--resume', [CompletionResultType]::ParameterName, 'Finish interrupted restores, wherever they stood; go on with a copy of the state file')
            [CompletionResult]::new('--rollback', '--rollback', [CompletionResultType]::ParameterName, 'Put instances of interrupted restores back on their old disks')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what is open, and do nothing')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--non-interactive', '--non-interactive', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer in the shape of `bosh --json`')
            [CompletionResult]::new('--tty', '--tty', [CompletionResultType]::ParameterName, 'Draw tables as on a terminal, wherever they go [env: BOSH_TTY]')
            [CompletionResult]::new('--no-color', '--no-color', [CompletionResultType]::ParameterName, 'No colours, no bold [env: NO_COLOR]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--allow-network-fs', '--allow-network-fs', [CompletionResultType]::ParameterName, 'Trust the locks of a network file system under the state file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'snapback;operations' {
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'How many to list, newest first')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('--deployment', '--deployment', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var', '--var', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var-file', '--var-file', [CompletionResultType]::ParameterName, 'Give a variable the text of a file')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-file', '--vars-file', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-env', '--vars-env', [CompletionResultType]::ParameterName, 'Take variables from the environment, where PREFIX_NAME has the value, as YAML')
            [CompletionResult]::new('--vars-store', '--vars-store', [CompletionResultType]::ParameterName, 'Take variables that nothing else gives from create-env''s store')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Answer in a typed form for programs')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a hook may run [default: without end]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for what another operation has claimed [default: 0]')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--non-interactive', '--non-interactive', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer in the shape of `bosh --json`')
            [CompletionResult]::new('--tty', '--tty', [CompletionResultType]::ParameterName, 'Draw tables as on a terminal, wherever they go [env: BOSH_TTY]')
            [CompletionResult]::new('--no-color', '--no-color', [CompletionResultType]::ParameterName, 'No colours, no bold [env: NO_COLOR]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--allow-network-fs', '--allow-network-fs', [CompletionResultType]::ParameterName, 'Trust the locks of a network file system under the state file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'snapback;init' {
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('--deployment', '--deployment', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var', '--var', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var-file', '--var-file', [CompletionResultType]::ParameterName, 'Give a variable the text of a file')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-file', '--vars-file', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-env', '--vars-env', [CompletionResultType]::ParameterName, 'Take variables from the environment, where PREFIX_NAME has the value, as YAML')
            [CompletionResult]::new('--vars-store', '--vars-store', [CompletionResultType]::ParameterName, 'Take variables that nothing else gives from create-env''s store')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Answer in a typed form for programs')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a hook may run [default: without end]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for what another operation has claimed [default: 0]')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'Let the state file''s group read and change it')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be written, and write nothing')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--non-interactive', '--non-interactive', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer in the shape of `bosh --json`')
            [CompletionResult]::new('--tty', '--tty', [CompletionResultType]::ParameterName, 'Draw tables as on a terminal, wherever they go [env: BOSH_TTY]')
            [CompletionResult]::new('--no-color', '--no-color', [CompletionResultType]::ParameterName, 'No colours, no bold [env: NO_COLOR]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--allow-network-fs', '--allow-network-fs', [CompletionResultType]::ParameterName, 'Trust the locks of a network file system under the state file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'snapback;import' {
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('--deployment', '--deployment', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var', '--var', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var-file', '--var-file', [CompletionResultType]::ParameterName, 'Give a variable the text of a file')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-file', '--vars-file', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-env', '--vars-env', [CompletionResultType]::ParameterName, 'Take variables from the environment, where PREFIX_NAME has the value, as YAML')
            [CompletionResult]::new('--vars-store', '--vars-store', [CompletionResultType]::ParameterName, 'Take variables that nothing else gives from create-env''s store')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Answer in a typed form for programs')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a hook may run [default: without end]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for what another operation has claimed [default: 0]')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Read the files, and change nothing')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--non-interactive', '--non-interactive', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer in the shape of `bosh --json`')
            [CompletionResult]::new('--tty', '--tty', [CompletionResultType]::ParameterName, 'Draw tables as on a terminal, wherever they go [env: BOSH_TTY]')
            [CompletionResult]::new('--no-color', '--no-color', [CompletionResultType]::ParameterName, 'No colours, no bold [env: NO_COLOR]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--allow-network-fs', '--allow-network-fs', [CompletionResultType]::ParameterName, 'Trust the locks of a network file system under the state file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'snapback;instances' {
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('--deployment', '--deployment', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var', '--var', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var-file', '--var-file', [CompletionResultType]::ParameterName, 'Give a variable the text of a file')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-file', '--vars-file', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-env', '--vars-env', [CompletionResultType]::ParameterName, 'Take variables from the environment, where PREFIX_NAME has the value, as YAML')
            [CompletionResult]::new('--vars-store', '--vars-store', [CompletionResultType]::ParameterName, 'Take variables that nothing else gives from create-env''s store')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Answer in a typed form for programs')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a hook may run [default: without end]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for what another operation has claimed [default: 0]')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--non-interactive', '--non-interactive', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer in the shape of `bosh --json`')
            [CompletionResult]::new('--tty', '--tty', [CompletionResultType]::ParameterName, 'Draw tables as on a terminal, wherever they go [env: BOSH_TTY]')
            [CompletionResult]::new('--no-color', '--no-color', [CompletionResultType]::ParameterName, 'No colours, no bold [env: NO_COLOR]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--allow-network-fs', '--allow-network-fs', [CompletionResultType]::ParameterName, 'Trust the locks of a network file system under the state file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'snapback;disks' {
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('--deployment', '--deployment', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var', '--var', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var-file', '--var-file', [CompletionResultType]::ParameterName, 'Give a variable the text of a file')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-file', '--vars-file', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-env', '--vars-env', [CompletionResultType]::ParameterName, 'Take variables from the environment, where PREFIX_NAME has the value, as YAML')
            [CompletionResult]::new('--vars-store', '--vars-store', [CompletionResultType]::ParameterName, 'Take variables that nothing else gives from create-env''s store')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Answer in a typed form for programs')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a hook may run [default: without end]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for what another operation has claimed [default: 0]')
            [CompletionResult]::new('--orphaned', '--orphaned', [CompletionResultType]::ParameterName, 'Only those that are attached to nothing, and kept')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--non-interactive', '--non-interactive', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer in the shape of `bosh --json`')
            [CompletionResult]::new('--tty', '--tty', [CompletionResultType]::ParameterName, 'Draw tables as on a terminal, wherever they go [env: BOSH_TTY]')
            [CompletionResult]::new('--no-color', '--no-color', [CompletionResultType]::ParameterName, 'No colours, no bold [env: NO_COLOR]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--allow-network-fs', '--allow-network-fs', [CompletionResultType]::ParameterName, 'Trust the locks of a network file system under the state file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'snapback;state' {
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('--deployment', '--deployment', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var', '--var', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var-file', '--var-file', [CompletionResultType]::ParameterName, 'Give a variable the text of a file')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-file', '--vars-file', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-env', '--vars-env', [CompletionResultType]::ParameterName, 'Take variables from the environment, where PREFIX_NAME has the value, as YAML')
            [CompletionResult]::new('--vars-store', '--vars-store', [CompletionResultType]::ParameterName, 'Take variables that nothing else gives from create-env''s store')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Answer in a typed form for programs')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a hook may run [default: without end]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for what another operation has claimed [default: 0]')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--non-interactive', '--non-interactive', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer in the shape of `bosh --json`')
            [CompletionResult]::new('--tty', '--tty', [CompletionResultType]::ParameterName, 'Draw tables as on a terminal, wherever they go [env: BOSH_TTY]')
            [CompletionResult]::new('--no-color', '--no-color', [CompletionResultType]::ParameterName, 'No colours, no bold [env: NO_COLOR]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--allow-network-fs', '--allow-network-fs', [CompletionResultType]::ParameterName, 'Trust the locks of a network file system under the state file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('backup', 'backup', [CompletionResultType]::ParameterValue, 'Write a copy of the state file, of one instant, whole or not at all')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'snapback;state;backup' {
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('--deployment', '--deployment', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var', '--var', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var-file', '--var-file', [CompletionResultType]::ParameterName, 'Give a variable the text of a file')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-file', '--vars-file', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-env', '--vars-env', [CompletionResultType]::ParameterName, 'Take variables from the environment, where PREFIX_NAME has the value, as YAML')
            [CompletionResult]::new('--vars-store', '--vars-store', [CompletionResultType]::ParameterName, 'Take variables that nothing else gives from create-env''s store')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Answer in a typed form for programs')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a hook may run [default: without end]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for what another operation has claimed [default: 0]')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--non-interactive', '--non-interactive', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer in the shape of `bosh --json`')
            [CompletionResult]::new('--tty', '--tty', [CompletionResultType]::ParameterName, 'Draw tables as on a terminal, wherever they go [env: BOSH_TTY]')
            [CompletionResult]::new('--no-color', '--no-color', [CompletionResultType]::ParameterName, 'No colours, no bold [env: NO_COLOR]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--allow-network-fs', '--allow-network-fs', [CompletionResultType]::ParameterName, 'Trust the locks of a network file system under the state file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'snapback;state;help' {
            [CompletionResult]::new('backup', 'backup', [CompletionResultType]::ParameterValue, 'Write a copy of the state file, of one instant, whole or not at all')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'snapback;state;help;backup' {
            break
        }
        'snapback;state;help;help' {
            break
        }
        'snapback;demo' {
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'The directory to work in: a new one, an empty one, or the one of a former demo [default: a new one]')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('--deployment', '--deployment', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var', '--var', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var-file', '--var-file', [CompletionResultType]::ParameterName, 'Give a variable the text of a file')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-file', '--vars-file', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-env', '--vars-env', [CompletionResultType]::ParameterName, 'Take variables from the environment, where PREFIX_NAME has the value, as YAML')
            [CompletionResult]::new('--vars-store', '--vars-store', [CompletionResultType]::ParameterName, 'Take variables that nothing else gives from create-env''s store')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Answer in a typed form for programs')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a hook may run [default: without end]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for what another operation has claimed [default: 0]')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--non-interactive', '--non-interactive', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer in the shape of `bosh --json`')
            [CompletionResult]::new('--tty', '--tty', [CompletionResultType]::ParameterName, 'Draw tables as on a terminal, wherever they go [env: BOSH_TTY]')
            [CompletionResult]::new('--no-color', '--no-color', [CompletionResultType]::ParameterName, 'No colours, no bold [env: NO_COLOR]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--allow-network-fs', '--allow-network-fs', [CompletionResultType]::ParameterName, 'Trust the locks of a network file system under the state file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'snapback;completions' {
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'The Director''s manifest [env: SNAPBACK_MANIFEST] [default: director.yml]')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('--deployment', '--deployment', [CompletionResultType]::ParameterName, 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var', '--var', [CompletionResultType]::ParameterName, 'Give a ((variable)) of the manifest its value, as YAML')
            [CompletionResult]::new('--var-file', '--var-file', [CompletionResultType]::ParameterName, 'Give a variable the text of a file')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-file', '--vars-file', [CompletionResultType]::ParameterName, 'Take variables from a YAML file')
            [CompletionResult]::new('--vars-env', '--vars-env', [CompletionResultType]::ParameterName, 'Take variables from the environment, where PREFIX_NAME has the value, as YAML')
            [CompletionResult]::new('--vars-store', '--vars-store', [CompletionResultType]::ParameterName, 'Take variables that nothing else gives from create-env''s store')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Answer in a typed form for programs')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a hook may run [default: without end]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for what another operation has claimed [default: 0]')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--non-interactive', '--non-interactive', [CompletionResultType]::ParameterName, 'Ask nothing [env: BOSH_NON_INTERACTIVE]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer in the shape of `bosh --json`')
            [CompletionResult]::new('--tty', '--tty', [CompletionResultType]::ParameterName, 'Draw tables as on a terminal, wherever they go [env: BOSH_TTY]')
            [CompletionResult]::new('--no-color', '--no-color', [CompletionResultType]::ParameterName, 'No colours, no bold [env: NO_COLOR]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the answer and errors')
            [CompletionResult]::new('--allow-network-fs', '--allow-network-fs', [CompletionResultType]::ParameterName, 'Trust the locks of a network file system under the state file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'snapback;help' {
            [CompletionResult]::new('snapshots', 'snapshots', [CompletionResultType]::ParameterValue, 'List snapshots')
            [CompletionResult]::new('take', 'take', [CompletionResultType]::ParameterValue, 'Take snapshots of the persistent disks of instances')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete snapshots by CID')
            [CompletionResult]::new('delete-all', 'delete-all', [CompletionResultType]::ParameterValue, 'Delete all snapshots of a deployment, or of a part of it')
            [CompletionResult]::new('promote', 'promote', [CompletionResultType]::ParameterValue, 'Make a new persistent disk from a snapshot')
            [CompletionResult]::new('restore', 'restore', [CompletionResultType]::ParameterValue, 'Put an instance on a new disk made from a snapshot')
            [CompletionResult]::new('undo', 'undo', [CompletionResultType]::ParameterValue, 'Undo a restore (or an undo): bring the former disk back')
            [CompletionResult]::new('recover', 'recover', [CompletionResultType]::ParameterValue, 'Finish or roll back what interrupted commands left open')
            [CompletionResult]::new('operations', 'operations', [CompletionResultType]::ParameterValue, 'List operations, or the steps of one')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write a commented manifest and inventory for the local backend, and an empty state file')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Take in an inventory, or what BOSH''s tools say: instances, VMs, disks, snapshots')
            [CompletionResult]::new('instances', 'instances', [CompletionResultType]::ParameterValue, 'List instances and their disks')
            [CompletionResult]::new('disks', 'disks', [CompletionResultType]::ParameterValue, 'List persistent disks')
            [CompletionResult]::new('state', 'state', [CompletionResultType]::ParameterValue, 'Look after the state file')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Show the main job on real disks, in a directory of its own')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'snapback;help;snapshots' {
            break
        }
        'snapback;help;take' {
            break
        }
        'snapback;help;delete' {
            break
        }
        'snapback;help;delete-all' {
            break
        }
        'snapback;help;promote' {
            break
        }
        'snapback;help;restore' {
            break
        }
        'snapback;help;undo' {
            break
        }
        'snapback;help;recover' {
            break
        }
        'snapback;help;operations' {
            break
        }
        'snapback;help;init' {
            break
        }
        'snapback;help;import' {
            break
        }
        'snapback;help;instances' {
            break
        }
        'snapback;help;disks' {
            break
        }
        'snapback;help;state' {
            [CompletionResult]::new('backup', 'backup', [CompletionResultType]::ParameterValue, 'Write a copy of the state file, of one instant, whole or not at all')
            break
        }
        'snapback;help;state;backup' {
            break
        }
        'snapback;help;demo' {
            break
        }
        'snapback;help;completions' {
            break
        }
        'snapback;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
