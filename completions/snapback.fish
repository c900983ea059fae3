# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_snapback_global_optspecs
    string join \n m/manifest= state= d/deployment= o/ops-file= v/var= var-file= l/vars-file= vars-env= vars-store= n/non-interactive abbrev json output= tty no-color q/quiet verbose log-file= bosh= cpi= cpi-path= cpi-config= timeout= retries= wait-lock= max-inventory-age= believe-empty allow-network-fs h/help V/version
end

function __fish_snapback_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_snapback_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_snapback_using_subcommand
    set -l cmd (__fish_snapback_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c snapback -n "__fish_snapback_needs_command" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_needs_command" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_needs_command" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_needs_command" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_needs_command" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_needs_command" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_needs_command" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_needs_command" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_needs_command" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_needs_command" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_needs_command" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_needs_command" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_needs_command" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_needs_command" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_needs_command" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_needs_command" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_needs_command" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_needs_command" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_needs_command" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_needs_command" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_needs_command" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_needs_command" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_needs_command" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_needs_command" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_needs_command" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_needs_command" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_needs_command" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_needs_command" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_needs_command" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "snapshots" -d 'List snapshots'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "take" -d 'Take snapshots of the persistent disks of instances'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "guard" -d 'Take snapshots, run a command, and say how to go back if it fails'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "delete" -d 'Delete snapshots by CID'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "delete-all" -d 'Delete all snapshots of a deployment, or of a part of it'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "prune" -d 'Delete snapshots that expired or that retention does not keep'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "hold" -d 'Keep snapshots from being deleted or pruned, for a reason'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "release" -d 'Let held snapshots go'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "delete-disk" -d 'Delete disks made or orphaned by snapback that nobody needs'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "promote" -d 'Make a new persistent disk from a snapshot'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "drill" -d 'Try out a snapshot on a scratch disk, and delete that disk'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "restore" -d 'Put an instance on a new disk made from a snapshot'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "apply" -d 'Carry out a plan that `restore --dry-run --save` saved'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "undo" -d 'Undo a restore (or an undo): bring the former disk back'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "recover" -d 'Finish or roll back what interrupted commands left open'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "status" -d 'Show whether each instance could be restored, and to when'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "report" -d 'Write a page for a team: how all instances stand'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "check" -d 'Compare the state file with the clouds and the Director'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "operations" -d 'List operations, or the steps of one'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "init" -d 'Write an example manifest and inventory, and a state file'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "import" -d 'Import an inventory, or what BOSH\'s tools say'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "instances" -d 'List instances and their disks'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "disks" -d 'List persistent disks'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "schedule" -d 'Run what is due: the Director\'s schedules and your own'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "manifest" -d 'Show what is read from the manifest, and from where'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "cpis" -d 'List the CPIs, where each was found, and what it can do'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "cpi" -d 'Be a CPI executable that BOSH or another tool can call'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "state" -d 'Look after the state file'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "doctor" -d 'Show what works here, what does not, and what to do about it'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "demo" -d 'Show snapshots and restores on real disks, in a directory'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "completions" -d 'Print the completion script of a shell'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "man" -d 'Print the manual pages, or write them to a directory'
complete -c snapback -n "__fish_snapback_needs_command" -f -a "help" -d 'Explain a verb or a topic, or list all verbs'
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l before -d 'Only those taken before this time (02:40, \'yesterday 14:00\', \'2h ago\', \'YYYY-MM-DD HH:MM\', RFC 3339; UTC, unless it ends in \'local\' or an offset)' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l after -d 'Only those taken at this time or after it' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l made-by -d 'Only those made by this CPI' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l set -d 'Only those of this set (what one `take` took): its operation, or the beginning of its id' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l column -d 'Show only this column (may be repeated)' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l graph -d 'Draw what has happened to each instance: snapshots, deploys, restores, undos, drills, and which disk came from which'
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l clean -d 'Only those taken while the processes were stopped'
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l wide -d 'Show all columns'
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand snapshots" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand take" -l parallel -d 'How many snapshots to take at once' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand take" -l note -d 'A note to keep with the snapshots' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand take" -l lifespan -d 'How long to keep the snapshots: 10d, 12h, or `none` for forever; then `prune` deletes them [default: the manifest\'s]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand take" -l fallback -d 'With --clean: what to do with an instance that does not stand still [default: take no snapshot of it]' -r -f -a "crash-consistent\t'Take it anyway, and do not record it as clean'"
complete -c snapback -n "__fish_snapback_using_subcommand take" -l schedule -d 'The schedule that takes them; its name is recorded with the snapshots' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand take" -l unless-since -d 'Pass over disks that the schedule has taken a snapshot of since then (RFC 3339)' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand take" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand take" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand take" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand take" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand take" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand take" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand take" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand take" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand take" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand take" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand take" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand take" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand take" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand take" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand take" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand take" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand take" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand take" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand take" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand take" -l all-deployments -d 'Of every deployment'
complete -c snapback -n "__fish_snapback_using_subcommand take" -l self -d 'Of the Director\'s own VM, which create-env\'s state file beside the manifest names, or else the CPI'
complete -c snapback -n "__fish_snapback_using_subcommand take" -l clean -d 'Make each instance stand still by its quiesce hook, take its disks, and let it go on'
complete -c snapback -n "__fish_snapback_using_subcommand take" -l quiesce-together -d 'With --clean: stop all instances, take all, let all go on'
complete -c snapback -n "__fish_snapback_using_subcommand take" -l assume-clean -d 'You say that the processes are stopped: record the snapshots as clean'
complete -c snapback -n "__fish_snapback_using_subcommand take" -l allow-torn -d 'Accept a copy taken while something could write, and record it as torn'
complete -c snapback -n "__fish_snapback_using_subcommand take" -l include-detached -d 'Also take the disks of instances that have no VM'
complete -c snapback -n "__fish_snapback_using_subcommand take" -l dry-run -d 'Show what would be taken, and take nothing'
complete -c snapback -n "__fish_snapback_using_subcommand take" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand take" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand take" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand take" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand take" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand take" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand take" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand take" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand take" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand take" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand take" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l parallel -d 'How many snapshots to take at once' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l lifespan -d 'How long to keep the snapshots: 10d, 12h, or `none` for forever; then `prune` deletes them [default: the manifest\'s]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l note -d 'A note to keep with the snapshots' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand guard" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand guard" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand guard" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand guard" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand guard" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l all-deployments -d 'Of every deployment'
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l clean -d 'Make each instance stand still by its hooks, and refuse one that has none [default: those that have hooks]'
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l no-clean -d 'Make no instance stand still'
complete -c snapback -n "__fish_snapback_using_subcommand guard" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand guard" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand guard" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand guard" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand guard" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l set -d 'All snapshots of this set (what one `take` took): its operation, or the beginning of its id' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand delete" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand delete" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand delete" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand delete" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand delete" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l ignore-missing -d 'Pass over CIDs that snapback does not know'
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l forget-failed -d 'If the cloud fails to delete them, and does not say that it has them, take them off the list on your word'
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l dry-run -d 'Show what would be deleted, and delete nothing'
complete -c snapback -n "__fish_snapback_using_subcommand delete" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand delete" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand delete" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand delete" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -l dry-run -d 'Show what would be deleted, and delete nothing'
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand delete-all" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand prune" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand prune" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand prune" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand prune" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand prune" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand prune" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand prune" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand prune" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand prune" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand prune" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand prune" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand prune" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand prune" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand prune" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand prune" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand prune" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand prune" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand prune" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand prune" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand prune" -l dry-run -d 'Show what would be deleted and what would be kept, each with its reasons, and delete nothing'
complete -c snapback -n "__fish_snapback_using_subcommand prune" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand prune" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand prune" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand prune" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand prune" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand prune" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand prune" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand prune" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand prune" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand prune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand prune" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand hold" -l reason -d 'Why; snapback shows it to whoever deletes or prunes' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand hold" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand hold" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand hold" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand hold" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand hold" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand hold" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand hold" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand hold" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand hold" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand hold" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand hold" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand hold" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand hold" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand hold" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand hold" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand hold" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand hold" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand hold" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand hold" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand hold" -l dry-run -d 'Show what would be held, and change nothing'
complete -c snapback -n "__fish_snapback_using_subcommand hold" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand hold" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand hold" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand hold" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand hold" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand hold" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand hold" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand hold" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand hold" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand hold" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand hold" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand release" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand release" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand release" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand release" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand release" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand release" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand release" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand release" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand release" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand release" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand release" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand release" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand release" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand release" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand release" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand release" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand release" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand release" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand release" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand release" -l dry-run -d 'Show what would be released, and change nothing'
complete -c snapback -n "__fish_snapback_using_subcommand release" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand release" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand release" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand release" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand release" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand release" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand release" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand release" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand release" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand release" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand release" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -l give-up-undo -d 'Give up the undo of this restore or undo, which needs one of the disks; the beginning of its id is enough (may be repeated)' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -l dry-run -d 'Show what would be deleted, and delete nothing'
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand delete-disk" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l az -d 'The availability zone of the new disk [default: the snapshot\'s]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l size -d 'The size of the new disk [default: the snapshot\'s]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l cloud-properties -d 'The CPI\'s cloud properties of the new disk, as JSON [default: those of the snapshot\'s disk]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand promote" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand promote" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand promote" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand promote" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand promote" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l dry-run -d 'Check whether it can be done, and do nothing'
complete -c snapback -n "__fish_snapback_using_subcommand promote" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand promote" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand promote" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand promote" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand promote" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand drill" -l latest -d 'The newest snapshot of each of these instances; several count together [default: all of the deployment]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand drill" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand drill" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand drill" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand drill" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand drill" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand drill" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand drill" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand drill" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand drill" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand drill" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand drill" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand drill" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand drill" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand drill" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand drill" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand drill" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand drill" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand drill" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand drill" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand drill" -l all-deployments -d 'With --latest: of every deployment'
complete -c snapback -n "__fish_snapback_using_subcommand drill" -l dry-run -d 'Show the plan, and do nothing'
complete -c snapback -n "__fish_snapback_using_subcommand drill" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand drill" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand drill" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand drill" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand drill" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand drill" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand drill" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand drill" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand drill" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand drill" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand drill" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l latest -d 'The newest snapshot of this instance, or of each instance of this group; several selectors count together' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l set -d 'All snapshots of this set (what one `take` took), each on its own instance: its operation, or the beginning of its id' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l before -d 'With --latest: the newest one taken before this time (02:40, \'yesterday 14:00\', \'2h ago\', \'YYYY-MM-DD HH:MM\', RFC 3339; UTC, unless it ends in \'local\' or an offset)' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l to -d 'Put this instance on the new disk [default: the one that the snapshot was taken of]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l disk -d 'Use this disk, which you made from the snapshot by hand' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l via -d 'How the instance gets its disk [default: by what manages it]' -r -f -a "bosh\t''
create-env\t''
cpi\t''"
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l save -d 'With --dry-run: save the plan to this new file, for `snapback apply`' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand restore" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand restore" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand restore" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand restore" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand restore" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l allow-torn -d 'Accept a torn copy as the safety snapshot of the old disk'
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l no-safety-snapshot -d 'Put the old disk away without a snapshot of it'
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l no-protect -d 'If a Director manages the instance: take no snapshot of the new disk at the end'
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l leave-resurrection -d 'If a Director manages the instance: leave its resurrector as it is'
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l without-disarming -d 'If create-env manages the instance: leave its Director as the command line has it'
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l dry-run -d 'Show the plan, and do nothing'
complete -c snapback -n "__fish_snapback_using_subcommand restore" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand restore" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand restore" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand restore" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand restore" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand apply" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand apply" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand apply" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand apply" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand apply" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand apply" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand apply" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand apply" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand apply" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand apply" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand apply" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand apply" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand apply" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand apply" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand apply" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand apply" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand apply" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand apply" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand apply" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand apply" -l dry-run -d 'Check whether the plan still holds, show it, and do nothing'
complete -c snapback -n "__fish_snapback_using_subcommand apply" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand apply" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand apply" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand apply" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand apply" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand apply" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand apply" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand apply" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand apply" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand apply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand apply" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand undo" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand undo" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand undo" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand undo" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand undo" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand undo" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand undo" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand undo" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand undo" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand undo" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand undo" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand undo" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand undo" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand undo" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand undo" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand undo" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand undo" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand undo" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand undo" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand undo" -l leave-resurrection -d 'If a Director manages the instance: leave its resurrector as it is'
complete -c snapback -n "__fish_snapback_using_subcommand undo" -l without-disarming -d 'If create-env manages the instance: leave its Director as the command line has it'
complete -c snapback -n "__fish_snapback_using_subcommand undo" -l dry-run -d 'Show the plan, and do nothing'
complete -c snapback -n "__fish_snapback_using_subcommand undo" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand undo" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand undo" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand undo" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand undo" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand undo" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand undo" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand undo" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand undo" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand undo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand undo" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l take-over -d 'Recover this operation, which was begun on another host or lost its lock file: you are sure that it is dead' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l adopt -d 'A step that the cloud cannot tell about has happened, and made (or deleted) this. If several steps are unknown, name the step by its number' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l abandon -d 'A step that the cloud cannot tell about has not happened' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l close -d 'End this operation as it is, if it can go neither on nor back: record where the instance\'s disk is, according to the cloud and to what manages the instance, and change nothing' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l ignore-process -d 'Do not wait for this process: it holds the operation\'s lock, but is not a call to the cloud (such as a VM of a CPI\'s)' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand recover" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand recover" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand recover" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand recover" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand recover" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l resume -d 'Finish interrupted restores, wherever they stopped; go on with a copy of the state file'
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l rollback -d 'Put instances of interrupted restores back on their old disks'
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l without-disarming -d 'If create-env manages the instance: go on, and leave its Director as the command line has it'
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l dry-run -d 'Show what is open, and do nothing'
complete -c snapback -n "__fish_snapback_using_subcommand recover" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand recover" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand recover" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand recover" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand recover" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand status" -l max-age -d 'How old the newest snapshot of each may be: 26h, 90m, 2d [default: any age]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand status" -l metrics -d 'Also write the answer to this file, for Prometheus (the textfile collector of node_exporter)' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand status" -l column -d 'Show only this column (may be repeated)' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand status" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand status" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand status" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand status" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand status" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand status" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand status" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand status" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand status" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand status" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand status" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand status" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand status" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand status" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand status" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand status" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand status" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand status" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand status" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand status" -l verified -d 'Count only snapshots that a drill has verified'
complete -c snapback -n "__fish_snapback_using_subcommand status" -l offline -d 'Do not ask the clouds: believe the state file'
complete -c snapback -n "__fish_snapback_using_subcommand status" -l wide -d 'Show all columns'
complete -c snapback -n "__fish_snapback_using_subcommand status" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand status" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand status" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand status" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand status" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand status" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand status" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand status" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand status" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand status" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand report" -l html -d 'Write the page to this file, whole or not at all; - is standard output' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand report" -l max-age -d 'How old the newest snapshot of each may be: 26h, 90m, 2d [default: any age]; with it, the exit code is that of `status`' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand report" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand report" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand report" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand report" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand report" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand report" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand report" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand report" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand report" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand report" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand report" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand report" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand report" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand report" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand report" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand report" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand report" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand report" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand report" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand report" -l offline -d 'Do not ask the clouds: believe the state file'
complete -c snapback -n "__fish_snapback_using_subcommand report" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand report" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand report" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand report" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand report" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand report" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand report" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand report" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand report" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand report" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand check" -l adopt -d 'Record this snapshot, which only the cloud has (may be repeated)' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand check" -l forget -d 'Take this snapshot or orphaned disk off the list, which the cloud no longer has (may be repeated)' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand check" -l attach -d 'Attach this disk: an instance that nobody manages has it on record, and its VM lacks it' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand check" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand check" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand check" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand check" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand check" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand check" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand check" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand check" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand check" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand check" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand check" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand check" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand check" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand check" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand check" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand check" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand check" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand check" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand check" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand check" -l from-bosh -d 'Ask the Director, too, by running bosh deployments, instances, snapshots and disks'
complete -c snapback -n "__fish_snapback_using_subcommand check" -l dry-run -d 'With --adopt, --forget and --attach: show what would be done, and do nothing'
complete -c snapback -n "__fish_snapback_using_subcommand check" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand check" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand check" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand check" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand check" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand check" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand check" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand check" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand check" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand check" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l limit -d 'How many to list, newest first' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l column -d 'Show only this column (may be repeated)' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand operations" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand operations" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand operations" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand operations" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand operations" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l done -d 'The checklist is done: you have compared and re-armed the Director that the restore put on a database from the past'
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l wide -d 'Show all columns'
complete -c snapback -n "__fish_snapback_using_subcommand operations" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand operations" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand operations" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand operations" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand operations" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand init" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand init" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand init" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand init" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand init" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand init" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand init" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand init" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand init" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand init" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand init" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand init" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand init" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand init" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand init" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand init" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand init" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand init" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand init" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand init" -l group -d 'Let the state file\'s group read and change it'
complete -c snapback -n "__fish_snapback_using_subcommand init" -l dry-run -d 'Show what would be written, and write nothing'
complete -c snapback -n "__fish_snapback_using_subcommand init" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand init" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand init" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand init" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand init" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand init" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand init" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand init" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand init" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand init" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand import" -l cloud-config -d 'The Director\'s cloud-config, which says which CPI each availability zone is on' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand import" -l create-env-as -d 'The deployment for the create-env state file, if you have several, such as the Director\'s own and a jumpbox\'s' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand import" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand import" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand import" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand import" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand import" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand import" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand import" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand import" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand import" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand import" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand import" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand import" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand import" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand import" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand import" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand import" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand import" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand import" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand import" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand import" -l from-bosh -d 'Ask the Director, by running bosh deployments, instances, snapshots and disks'
complete -c snapback -n "__fish_snapback_using_subcommand import" -l replace-create-env -d 'Import the state file of another create-env in place of the known one'
complete -c snapback -n "__fish_snapback_using_subcommand import" -l dry-run -d 'Read the files, and change nothing'
complete -c snapback -n "__fish_snapback_using_subcommand import" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand import" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand import" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand import" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand import" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand import" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand import" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand import" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand import" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand import" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand instances" -l column -d 'Show only this column (may be repeated)' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand instances" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand instances" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand instances" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand instances" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand instances" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand instances" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand instances" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand instances" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand instances" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand instances" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand instances" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand instances" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand instances" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand instances" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand instances" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand instances" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand instances" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand instances" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand instances" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand instances" -s i -l details -d 'Show VMs, disks and more, as bosh does'
complete -c snapback -n "__fish_snapback_using_subcommand instances" -l wide -d 'Show all columns'
complete -c snapback -n "__fish_snapback_using_subcommand instances" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand instances" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand instances" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand instances" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand instances" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand instances" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand instances" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand instances" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand instances" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand instances" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand instances" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand disks" -l column -d 'Show only this column (may be repeated)' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand disks" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand disks" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand disks" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand disks" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand disks" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand disks" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand disks" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand disks" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand disks" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand disks" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand disks" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand disks" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand disks" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand disks" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand disks" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand disks" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand disks" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand disks" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand disks" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand disks" -l orphaned -d 'Only the orphaned ones: kept, and attached to nothing; of all deployments, as bosh does'
complete -c snapback -n "__fish_snapback_using_subcommand disks" -l wide -d 'Show all columns'
complete -c snapback -n "__fish_snapback_using_subcommand disks" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand disks" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand disks" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand disks" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand disks" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand disks" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand disks" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand disks" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand disks" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand disks" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand disks" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -f -a "show" -d 'Show each schedule: what it does, where it is set, when it comes next, and how its last run ended'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -f -a "next" -d 'Print the next times of a cron string, or of the manifest\'s schedules: one UTC time a line'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -f -a "run" -d 'Run what is due, in the foreground'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -f -a "units" -d 'Print a unit for systemd, or a line for cron, that runs the schedules'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -f -a "at" -d 'Run a command of snapback once, at a time'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -f -a "list" -d 'List the commands that `schedule at` scheduled'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and not __fish_seen_subcommand_from show next run units at list cancel" -f -a "cancel" -d 'Cancel a command that `schedule at` scheduled'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -l column -d 'Show only this column (may be repeated)' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -l wide -d 'Show all columns'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -l cron -d 'Of this cron string [default: of all schedules of the manifest that are on]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -l from -d 'After this time [default: now]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -l count -d 'How many' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from next" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -l once -d 'Run what is due, then exit: for cron, timers and pipelines'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -l no-catch-up -d 'Skip what was missed: only record a run that is more than 15 minutes late'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from run" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -l systemd -d 'A service of systemd that runs the schedules'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -l cron -d 'A crontab line that checks every five minutes what is due'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -l timer -d 'With --systemd: a service that runs what is due and exits, and its timer'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from units" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from at" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -l all -d 'Also those that have ended'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand schedule; and __fish_seen_subcommand_from cancel" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand manifest" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -l column -d 'Show only this column (may be repeated)' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -l wide -d 'Show all columns'
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand cpis" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and not __fish_seen_subcommand_from local" -f -a "local" -d 'The local backend: one JSON request on stdin, one response on stdout, as BOSH calls a CPI'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -l path -d 'The directory of the disks [default: the request\'s context.local.path]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand cpi; and __fish_seen_subcommand_from local" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand state; and not __fish_seen_subcommand_from backup" -f -a "backup" -d 'Write a copy of the state file: of one instant, and complete or not at all'
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -l replace -d 'Replace FILE if it is an earlier copy of the same state file'
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand state; and __fish_seen_subcommand_from backup" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand doctor" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand demo" -l keep -d 'The directory to work in: a new one, an empty one, or that of an earlier demo [default: a new one]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand demo" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand demo" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand demo" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand demo" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand demo" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand demo" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand demo" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand demo" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand demo" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand demo" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand demo" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand demo" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand demo" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand demo" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand demo" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand demo" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand demo" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand demo" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand demo" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand demo" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand demo" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand demo" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand demo" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand demo" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand demo" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand demo" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand demo" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand demo" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand demo" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand completions" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand completions" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand completions" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand completions" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand completions" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand completions" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand completions" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand completions" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand completions" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand completions" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand completions" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand completions" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand completions" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand completions" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand completions" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand completions" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand completions" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand completions" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand completions" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand completions" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand completions" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand completions" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand completions" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand completions" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand completions" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand completions" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand completions" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand completions" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand completions" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand man" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand man" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand man" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand man" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand man" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand man" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand man" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand man" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand man" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand man" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand man" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand man" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand man" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand man" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand man" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand man" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand man" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand man" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand man" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand man" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand man" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand man" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand man" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand man" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand man" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand man" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand man" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand man" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand man" -s V -l version -d 'Print version'
complete -c snapback -n "__fish_snapback_using_subcommand help" -s m -l manifest -d 'The Director\'s manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand help" -l state -d 'The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand help" -s d -l deployment -d 'The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]' -r -f -k -a '(__snapback_values)'
complete -c snapback -n "__fish_snapback_using_subcommand help" -s o -l ops-file -d 'First change the manifest by an ops file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand help" -s v -l var -d 'Give a ((variable)) of the manifest its value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand help" -l var-file -d 'Give a variable the text of a file' -r
complete -c snapback -n "__fish_snapback_using_subcommand help" -s l -l vars-file -d 'Take variables from a YAML file' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand help" -l vars-env -d 'Take variables from the environment, where PREFIX_NAME has the value, as YAML' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand help" -l vars-store -d 'Take variables that nothing else gives from create-env\'s store' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand help" -l output -d 'Print the answer in a typed form for programs' -r -f -a "json\t'One JSON document'
jsonl\t'A JSON object a line'
tsv\t'A header and rows, separated by TABs'
cid\t'The CIDs alone, a line each'"
complete -c snapback -n "__fish_snapback_using_subcommand help" -l log-file -d 'Append the same to a file, with times in UTC' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand help" -l bosh -d 'The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand help" -l cpi -d 'The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or executable [default: the manifest\'s, both sides]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand help" -l cpi-path -d 'The executable of a CPI: of the one named, or of the manifest\'s [env: SNAPBACK_CPI_PATH]' -r
complete -c snapback -n "__fish_snapback_using_subcommand help" -l cpi-config -d 'The Director\'s cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]' -r -F
complete -c snapback -n "__fish_snapback_using_subcommand help" -l timeout -d 'How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand help" -l retries -d 'How often to try a call again if the cloud was too busy [default: 5]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand help" -l wait-lock -d 'How long to wait for what another operation has claimed [default: 0]' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand help" -l max-inventory-age -d 'How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off' -r -f
complete -c snapback -n "__fish_snapback_using_subcommand help" -s n -l non-interactive -d 'Ask nothing [env: BOSH_NON_INTERACTIVE]'
complete -c snapback -n "__fish_snapback_using_subcommand help" -l abbrev -d 'Take the unique beginning of a CID for it (4 characters or more) where nobody types, too'
complete -c snapback -n "__fish_snapback_using_subcommand help" -l json -d 'Print the answer in the form of `bosh --json`'
complete -c snapback -n "__fish_snapback_using_subcommand help" -l tty -d 'Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]'
complete -c snapback -n "__fish_snapback_using_subcommand help" -l no-color -d 'No colours, no bold [env: NO_COLOR]'
complete -c snapback -n "__fish_snapback_using_subcommand help" -s q -l quiet -d 'Only the answer and errors'
complete -c snapback -n "__fish_snapback_using_subcommand help" -l verbose -d 'Print each CPI call, and what an executable logs, to stderr'
complete -c snapback -n "__fish_snapback_using_subcommand help" -l believe-empty -d 'Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten'
complete -c snapback -n "__fish_snapback_using_subcommand help" -l allow-network-fs -d 'Trust the locks of the network file system that holds the state file'
complete -c snapback -n "__fish_snapback_using_subcommand help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c snapback -n "__fish_snapback_using_subcommand help" -s V -l version -d 'Print version'

function __snapback_values
    set -l words (commandline -opc)
    command $words[1] complete-values fish $words[2..-1] (commandline -ct | string unescape) 2> /dev/null
end
complete -c snapback -k -f -n "test (count (__snapback_values)) -gt 0" -a "(__snapback_values)"
