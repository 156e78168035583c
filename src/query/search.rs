//! Search by name, number and address, through the view.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::limit::{PAGE_DEFAULT, PAGE_MAX, PREFIX_LETTERS_MIN, SEARCH_TEXT_MAX};
use super::neighbourhood::{LabelSet, within};
use super::result::{Answer, NodeSummary, Truncated};
use super::session::{QueryError, Session};
use crate::graph::{ArchiveError, NodeIndex, ReadGraph};
use crate::model::{FindBy, NodeId, fold, tokens};

/// What to search for.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SearchRequest {
    /// A name or the beginning of one, a number (BSN, KvK, BAG, licence plate, case), or an address: street and number, or
    /// postcode and number.
    pub text: String,
    /// Only nodes with this label.
    #[serde(default)]
    pub label: Option<String>,
    /// Most hits, at most 500. Default 50.
    #[serde(default)]
    pub limit: Option<usize>,
    /// `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
}

/// A node that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchHit {
    /// The node.
    #[serde(flatten)]
    pub node: NodeSummary,
    /// By what it was found: `number`, `address` or `name`.
    #[schema(value_type = String)]
    pub found_by: &'static str,
}

/// A page of hits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchPage {
    /// Numbers first, then addresses, then names; within each by word and key.
    pub hits: Vec<SearchHit>,
    /// Where the next page begins; null on the last.
    pub next: Option<String>,
    /// Entries of the index examined: those that the caller may read, and no others.
    pub entries_examined: u64,
}

const KINDS: [(FindBy, &str); 3] = [
    (FindBy::Number, "number"),
    (FindBy::Address, "address"),
    (FindBy::Name, "name"),
];

impl Session {
    /// Finds nodes by name, number or address.
    ///
    /// The index only proposes: a node is a hit when a statement that the caller may see, in a property that the caller may
    /// read, says what was asked. There is no score; order is that of words and keys, so it tells nothing about what is
    /// hidden. A page that examined as many entries as it may is cut, and `next` goes on from there.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] for a text that is empty, too short or too long, an unknown label, or a cursor that is none.
    pub fn search(&self, request: &SearchRequest) -> Result<Answer<SearchPage>, QueryError> {
        // The index of names is of today.
        if self.known_at().is_some() {
            let reason = "what is known today is searched: search without `knownAt`, and open what you find with it";
            return Err(QueryError::Invalid(reason.to_owned()));
        }
        let limit = within(request.limit, PAGE_DEFAULT, PAGE_MAX, "limit")?;
        let words = self.words(&request.text)?;
        let label = match &request.label {
            Some(name) => self.node_labels(std::slice::from_ref(name))?,
            None => None,
        };
        let wanted = KINDS.iter().map(|&(kind, _)| Wanted::new(kind, &words));
        let page = self.collect(&Search {
            wanted: wanted.collect(),
            label,
            limit,
            after: self.read_search_cursor(request.after.as_deref())?,
        })?;
        let hits = page
            .hits
            .into_iter()
            .map(|(node, found_by)| {
                Ok(SearchHit {
                    node: self.summary(self.view(), node)?,
                    found_by,
                })
            })
            .collect::<Result<Vec<_>, QueryError>>()?;
        let body = SearchPage {
            hits,
            next: page.next.map(|place| self.write_search_cursor(&place)),
            entries_examined: page.entries_examined,
        };
        Ok(self.answer(body, page.truncated))
    }

    /// Reads the index, kind by kind, until the page is full or has examined what it may.
    fn collect(&self, search: &Search) -> Result<PageInProgress, QueryError> {
        let mut page = PageInProgress::default();
        let entries_max = self.limits().entries_examined;
        let deadline = self.budget();
        let (first_kind, from) = &search.after;
        for (position, (&(kind, found_by), of_kind)) in KINDS
            .iter()
            .zip(&search.wanted)
            .enumerate()
            .skip(*first_kind)
        {
            let Some(of_kind) = of_kind else {
                continue;
            };
            let start = from.as_ref().filter(|_| position == *first_kind);
            let start = start.map(|(token, node)| (token.as_str(), *node));
            self.view()
                .propose(kind, &of_kind.prefix, start, &mut |token, key, node| {
                    // The entry at the cursor was examined for the page before.
                    if start.is_some_and(|start| (token, key) <= start) {
                        return Ok(true);
                    }
                    if deadline.check_deadline().is_err() {
                        return Ok(false);
                    }
                    if page.entries_examined == entries_max {
                        return Ok(page.cut(Some(entries_max)));
                    }
                    page.entries_examined += 1;
                    let place = (position, token.to_owned(), key);
                    if self.is_hit(search, node, &place)? {
                        if page.hits.len() == search.limit {
                            return Ok(page.cut(None));
                        }
                        page.hits.push((node, found_by));
                        page.last_hit = Some(place.clone());
                    }
                    page.last_entry = Some(place);
                    Ok(true)
                })?;
            deadline.check_deadline()?;
            if page.next.is_some() {
                break;
            }
        }
        Ok(page)
    }

    /// Whether a node is listed at this place.
    fn is_hit(
        &self,
        search: &Search,
        node: NodeIndex,
        place: &Place,
    ) -> Result<bool, ArchiveError> {
        let view = self.view();
        let of_label = search
            .label
            .is_none_or(|label| label.contains_node(view, node));
        Ok(of_label && self.first_place(node, &search.wanted)?.as_ref() == Some(place))
    }

    /// A cursor names the entry that it follows. The key of it is masked always: it may be that of a masked node.
    fn write_search_cursor(&self, (position, token, key): &Place) -> String {
        format!("{position}.{}.{token}", self.masks().node(*key))
    }

    fn read_search_cursor(&self, after: Option<&str>) -> Result<SearchCursor, QueryError> {
        let (kind, place) = parse_cursor(after)?;
        let place = place.map(|(token, key)| (token, self.masks().node_of(key)));
        Ok((kind, place))
    }

    fn words(&self, text: &str) -> Result<Vec<String>, QueryError> {
        let invalid = |message: String| Err(QueryError::Invalid(message));
        if text.chars().count() > SEARCH_TEXT_MAX {
            return invalid(format!(
                "`text` is longer than {SEARCH_TEXT_MAX} characters"
            ));
        }
        let words = fold(text);
        if words.concat().len() < PREFIX_LETTERS_MIN {
            return invalid(format!(
                "`text` needs at least {PREFIX_LETTERS_MIN} letters or digits"
            ));
        }
        Ok(words)
    }

    /// The first place of the index at which a node is a hit by what the caller may read: kind, token, key. A node is
    /// listed there and nowhere else, so that pages hold each node once without remembering those before.
    fn first_place(
        &self,
        node: NodeIndex,
        wanted: &[Option<Wanted>],
    ) -> Result<Option<Place>, ArchiveError> {
        let view = self.view();
        let Some(label) = view.schema().node(view.label(node)) else {
            return Ok(None);
        };
        let parts = view.parts(node)?;
        for (position, (&(kind, _), wanted)) in KINDS.iter().zip(wanted).enumerate() {
            let Some(wanted) = wanted else { continue };
            let mut places: Vec<(String, NodeId)> = Vec::new();
            for (key, statements) in &parts {
                let properties = statements
                    .iter()
                    .flat_map(|statement| &statement.properties);
                let filed = properties.filter(|(property, _)| {
                    let definition = label.properties.get(property.index());
                    definition.is_some_and(|definition| definition.find == Some(kind))
                });
                places.extend(
                    filed
                        .flat_map(|(_, value)| tokens(kind, &value.to_string()))
                        .map(|token| (token, *key)),
                );
            }
            let all_words = wanted.others.iter().all(|word| {
                places
                    .iter()
                    .any(|(token, _)| token.split(' ').any(|part| part.starts_with(word.as_str())))
            });
            let first = places
                .into_iter()
                .filter(|(token, _)| wanted.begins(token))
                .min();
            if let Some((token, key)) = first.filter(|_| all_words) {
                return Ok(Some((position, token, key)));
            }
        }
        Ok(None)
    }
}

/// What is searched for, checked.
struct Search {
    /// One for each of [`KINDS`].
    wanted: Vec<Option<Wanted>>,
    label: Option<LabelSet>,
    limit: usize,
    after: SearchCursor,
}

/// A place in the index: kind, token, key.
type Place = (usize, String, NodeId);

/// A page while the index is read.
#[derive(Default)]
struct PageInProgress {
    hits: Vec<(NodeIndex, &'static str)>,
    last_hit: Option<Place>,
    last_entry: Option<Place>,
    next: Option<Place>,
    entries_examined: u64,
    truncated: Option<Truncated>,
}

impl PageInProgress {
    /// Ends the page: behind its last hit if it is full, behind the last entry if no more may be examined. Always false:
    /// no entry is visited after it.
    fn cut(&mut self, entries_max: Option<u64>) -> bool {
        let after = match entries_max {
            None => &self.last_hit,
            Some(max) => {
                self.truncated = Some(Truncated {
                    limit: "entries-examined",
                    max,
                });
                &self.last_entry
            }
        };
        self.next.clone_from(after);
        false
    }
}

/// What to look for in one kind of index.
struct Wanted {
    prefix: String,
    /// Words that must be found too, as beginnings of words.
    others: Vec<String>,
}

impl Wanted {
    /// Whether an index entry with this token lies under the prefix.
    fn begins(&self, token: &str) -> bool {
        match self.prefix.strip_suffix('\0') {
            Some(whole) => token == whole,
            None => token.starts_with(&self.prefix),
        }
    }

    fn new(kind: FindBy, words: &[String]) -> Option<Self> {
        match kind {
            FindBy::Number => {
                let number = words.concat();
                // A number has a digit; else each name would be looked up as a number too.
                number
                    .bytes()
                    .any(|byte| byte.is_ascii_digit())
                    .then_some(Self {
                        prefix: format!("{number}\0"),
                        others: Vec::new(),
                    })
            }
            FindBy::Address => {
                let (first, rest) = words.split_first()?;
                match postcode(first, rest) {
                    Some((postcode, rest)) => Some(Self {
                        prefix: postcode,
                        others: rest.to_vec(),
                    }),
                    None => Some(Self {
                        prefix: words.join(" "),
                        others: Vec::new(),
                    }),
                }
            }
            // Nobody types where something lies.
            FindBy::Place => None,
            FindBy::Name => {
                // The longest word has the fewest entries.
                let longest = words.iter().max_by_key(|word| word.len())?;
                Some(Self {
                    prefix: longest.clone(),
                    others: words.to_vec(),
                })
            }
        }
    }
}

/// A postcode, written with or without a blank, and the words behind it.
fn postcode<'a>(first: &str, rest: &'a [String]) -> Option<(String, &'a [String])> {
    let is_digits = |text: &str| text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
    let is_letters = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_lowercase());
    if let (Some(digits), Some(letters)) = (first.get(..4), first.get(4..))
        && is_digits(digits)
        && is_letters(letters)
    {
        return Some((first.to_owned(), rest));
    }
    let (letters, behind) = rest.split_first()?;
    (is_digits(first) && is_letters(letters)).then(|| (format!("{first}{letters}"), behind))
}

type SearchCursor = (usize, Option<(String, NodeId)>);

fn parse_cursor(after: Option<&str>) -> Result<SearchCursor, QueryError> {
    let Some(text) = after else {
        return Ok((0, None));
    };
    let wrong = || QueryError::Invalid("`after` is not the `next` of a page".to_owned());
    let mut parts = text.splitn(3, '.');
    let (Some(kind), Some(node), Some(token)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(wrong());
    };
    let kind: usize = kind.parse().map_err(|_| wrong())?;
    let node = node.parse().map_err(|_| wrong())?;
    Ok((kind, Some((token.to_owned(), node))))
}
