//! The questions that a command may ask, and the formats of its answer.

use super::Context;
use crate::environment::NON_INTERACTIVE;
use crate::error::{Error, Kind, Result};
use crate::ops::presence::Presence;

impl Context {
    /// Which clouds are believed to be there.
    pub fn presence(&self) -> Presence {
        Presence::new(self.global.believe_empty)
    }

    /// Fails at once if the command would have to ask but cannot, because a program reads the answer.
    ///
    /// # Errors
    /// [`Kind::Usage`]
    pub fn can_ask(&self) -> Result<()> {
        if self.ui.style().format.is_for_programs() && !self.asks_nothing()?.0 {
            return Err(Error::new(
                Kind::Usage,
                "this command asks before it acts, and cannot ask with --json or --output",
            )
            .hint("add -n/--non-interactive to go ahead without being asked, or --dry-run to look only"));
        }
        Ok(())
    }

    /// Refuses a format of the answer that `what` does not have.
    ///
    /// # Errors
    /// [`Kind::Usage`]
    pub fn answers_as_text(&self, what: &str) -> Result<()> {
        if self.ui.style().format.is_for_programs() {
            return Err(Error::new(Kind::Usage, format!("{what} is plain text: it has no --json and no --output")));
        }
        Ok(())
    }

    /// Asks for confirmation, unless told not to.
    ///
    /// # Errors
    /// [`Kind::Declined`], [`Kind::Usage`].
    pub fn confirm(&mut self) -> Result<()> {
        self.can_ask()?;
        match self.asks_nothing()? {
            (true, None) => Ok(()),
            (true, Some(variable)) => {
                self.ui.say(&format!("Not asking: {variable} is set"));
                Ok(())
            }
            (false, _) => {
                let _asking = self.interrupt.asking();
                self.ui.confirm()
            }
        }
    }

    /// Whether the beginning of a CID may stand for it: at a terminal, or if the operator has allowed it.
    ///
    /// # Errors
    /// [`Kind::Usage`] for a variable that is neither true nor false.
    pub fn may_abbreviate(&self) -> Result<bool> {
        let typed = self.ui.stdin_is_terminal() && !self.ui.style().format.is_for_programs();
        Ok(self.global.abbrev || (typed && !self.asks_nothing()?.0))
    }

    /// Whether nothing is asked, and the environment variable that says so, if one does.
    ///
    /// # Errors
    /// [`Kind::Usage`] for a variable that is neither true nor false.
    pub fn asks_nothing(&self) -> Result<(bool, Option<&'static str>)> {
        if self.global.non_interactive {
            return Ok((true, None));
        }
        let set = self.environment.switch(NON_INTERACTIVE)?;
        Ok((set, set.then_some(NON_INTERACTIVE)))
    }
}
