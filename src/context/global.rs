//! The arguments that all commands share.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

use crate::domain::freshness::MaxAge;

/// The arguments that all commands share.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The Director's manifest [env: SNAPBACK_MANIFEST] [default: director.yml, here or in a directory above]
    #[arg(short, long, global = true, value_name = "FILE")]
    pub manifest: Option<PathBuf>,
    /// The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]
    #[arg(long, global = true, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]
    #[arg(short, long, global = true, value_name = "NAME")]
    pub deployment: Option<String>,
    /// First change the manifest by an ops file
    #[arg(short, long, global = true, value_name = "FILE")]
    pub ops_file: Vec<PathBuf>,
    /// Give a ((variable)) of the manifest its value, as YAML
    #[arg(short, long, global = true, value_name = "NAME=VALUE")]
    pub var: Vec<String>,
    /// Give a variable the text of a file
    #[arg(long, global = true, value_name = "NAME=FILE")]
    pub var_file: Vec<String>,
    /// Take variables from a YAML file
    #[arg(short = 'l', long, global = true, value_name = "FILE")]
    pub vars_file: Vec<PathBuf>,
    /// Take variables from the environment, where PREFIX_NAME has the value, as YAML
    #[arg(long, global = true, value_name = "PREFIX")]
    pub vars_env: Vec<String>,
    /// Take variables that nothing else gives from create-env's store
    #[arg(long, global = true, value_name = "FILE")]
    pub vars_store: Option<PathBuf>,
    /// Ask nothing [env: BOSH_NON_INTERACTIVE]
    #[arg(short, long, global = true, action = ArgAction::SetTrue)]
    pub non_interactive: bool,
    /// Take the unique beginning of a CID for it (4 characters or more) where nobody types, too
    #[arg(long, global = true, action = ArgAction::SetTrue)]
    pub abbrev: bool,
    /// Print the answer in the form of `bosh --json`
    #[arg(long, global = true, action = ArgAction::SetTrue, conflicts_with = "output")]
    pub json: bool,
    /// Print the answer in a typed form for programs
    #[arg(long, global = true, value_name = "FORMAT")]
    pub output: Option<Output>,
    /// Draw tables as on a terminal, but without colours, even into a pipe or a file [env: BOSH_TTY]
    #[arg(long, global = true, action = ArgAction::SetTrue)]
    pub tty: bool,
    /// No colours, no bold [env: NO_COLOR]
    #[arg(long, global = true, action = ArgAction::SetTrue)]
    pub no_color: bool,
    /// Only the answer and errors
    #[arg(short, long, global = true, action = ArgAction::SetTrue)]
    pub quiet: bool,
    /// Print each CPI call, and what an executable logs, to stderr
    #[arg(long, global = true, action = ArgAction::SetTrue, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Append the same to a file, with times in UTC
    #[arg(long, global = true, value_name = "FILE")]
    pub log_file: Option<PathBuf>,
    /// The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]
    #[arg(long, global = true, value_name = "PATH")]
    pub bosh: Option<PathBuf>,
    /// The CPI for disks and VMs that name none, or only one side of it: NAME, native:NAME, executable:NAME, native or
    /// executable [default: the manifest's, both sides]
    #[arg(long, global = true, value_name = "NAME")]
    pub cpi: Option<String>,
    /// The executable of a CPI: of the one named, or of the manifest's [env: SNAPBACK_CPI_PATH]
    #[arg(long, global = true, value_name = "[NAME=]PATH")]
    pub cpi_path: Vec<String>,
    /// The Director's cpi-config, if it has several clouds [env: SNAPBACK_CPI_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub cpi_config: Vec<PathBuf>,
    /// How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]
    #[arg(long, global = true, value_name = "SECONDS")]
    pub timeout: Option<u64>,
    /// How often to try a call again if the cloud was too busy [default: 5]
    #[arg(long, global = true, value_name = "N")]
    pub retries: Option<u16>,
    /// How long to wait for what another operation has claimed [default: 0]
    #[arg(long, global = true, value_name = "SECONDS")]
    pub wait_lock: Option<u64>,
    /// How old the inventory may be if the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off
    #[arg(long, global = true, value_name = "AGE", default_value = "24h")]
    pub max_inventory_age: MaxAge,
    /// Believe a cloud that shows nothing of what is known to be there: all of it is gone, and may be forgotten
    #[arg(long, global = true, action = ArgAction::SetTrue)]
    pub believe_empty: bool,
    /// Trust the locks of the network file system that holds the state file
    #[arg(long, global = true, action = ArgAction::SetTrue)]
    pub allow_network_fs: bool,
}

/// A typed form of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// One JSON document
    Json,
    /// A JSON object a line
    Jsonl,
    /// A header and rows, separated by TABs
    Tsv,
    /// The CIDs alone, a line each
    Cid,
}
