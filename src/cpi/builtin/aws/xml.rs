//! An answer of EC2's Query API as a tree: elements with text, without attributes and entities of their own.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

/// The greatest depth of an answer: DescribeInstances needs nine.
const DEEPEST: usize = 40;

/// An element.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub name: String,
    text: String,
    children: Vec<Node>,
}

impl Node {
    /// Reads a whole document.
    ///
    /// # Errors
    /// In words: it is not XML, is cut off, or declares something.
    pub(super) fn read(bytes: &[u8]) -> Result<Node, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
        let mut reader = Reader::from_str(text);
        let mut open: Vec<Node> = Vec::new();
        let mut root = None;
        loop {
            match reader.read_event().map_err(|error| error.to_string())? {
                Event::Start(_) | Event::Empty(_) if root.is_some() || open.len() >= DEEPEST => {
                    return Err("there is more than one element, or too deep a one".to_owned());
                }
                Event::Start(tag) => open.push(named(tag.local_name().as_ref())),
                Event::Empty(tag) => close(named(tag.local_name().as_ref()), &mut open, &mut root),
                Event::End(_) => {
                    let node = open.pop().ok_or("it closes what is not open")?;
                    close(node, &mut open, &mut root);
                }
                Event::Text(text) => say(&mut open, &text.xml10_content()),
                Event::CData(text) => say(&mut open, &text.xml10_content()),
                Event::GeneralRef(reference) => say(&mut open, &meant(&reference)?),
                Event::DocType(_) => return Err("it declares a document type".to_owned()),
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
                Event::Eof if open.is_empty() => return root.ok_or_else(|| "it is empty".to_owned()),
                Event::Eof => return Err("it is cut off".to_owned()),
            }
        }
    }

    /// The first child element of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of a child element; `None` if there is no such element, or no text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim()).filter(|text| !text.is_empty())
    }

    /// The text of a child element, with its spaces.
    pub(super) fn exact(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }

    /// The number in a child element.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.text(name)?.parse().ok()
    }

    /// The items of a list in a child element.
    pub(super) fn items(&self, name: &str) -> impl Iterator<Item = &Node> {
        self.child(name).into_iter().flat_map(|list| list.children.iter().filter(|item| item.name == "item"))
    }

    /// The first element of this name, at any depth.
    pub(super) fn find(&self, name: &str) -> Option<&Node> {
        if self.name == name {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.find(name))
    }
}

fn named(name: &str) -> Node {
    Node { name: name.to_owned(), ..Node::default() }
}

fn close(node: Node, open: &mut [Node], root: &mut Option<Node>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(node),
        None => *root = Some(node),
    }
}

fn say(open: &mut [Node], text: &str) {
    if let Some(node) = open.last_mut() {
        node.text.push_str(text);
    }
}

/// The character of a reference: one of XML's five, or a number.
fn meant(reference: &BytesRef<'_>) -> Result<String, String> {
    let number = reference.resolve_char_ref().map_err(|error| error.to_string())?;
    if let Some(character) = number {
        return Ok(character.to_string());
    }
    let known = [("lt", "<"), ("gt", ">"), ("amp", "&"), ("quot", "\""), ("apos", "'")];
    let name: &str = reference;
    let found = known.into_iter().find(|(known, _)| *known == name);
    found.map(|(_, text)| text.to_owned()).ok_or_else(|| "it names an entity of its own".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_read_with_its_texts() {
        let text = "<?xml version=\"1.0\"?>\n<R xmlns=\"x\"><set><item><k>a &lt;b&#233;\n</k></item><item/></set><n> 7 </n></R>";
        let tree = Node::read(text.as_bytes()).unwrap();
        assert_eq!((tree.name.as_str(), tree.number("n"), tree.items("set").count()), ("R", Some(7), 2));
        assert_eq!(tree.find("k").map(|node| node.text.as_str()), Some("a <bé\n"));
        assert_eq!(tree.items("set").next().unwrap().text("k"), Some("a <bé"));
    }

    #[test]
    fn whatever_is_not_whole_is_an_error() {
        let whole = "<R><a>1</a></R>";
        for end in 0..whole.len() {
            assert!(Node::read(&whole.as_bytes()[..end]).is_err(), "{end}");
        }
        let deep = "<a>".repeat(1000);
        for text in
            ["<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "<a>&b;</a>", "<a></b>", "<a/><b/>", "\u{fffd}", &deep]
        {
            assert!(Node::read(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Node::read(b"<html><body>Bad gateway<br></body></html>").is_err());
    }
}
