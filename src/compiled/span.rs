//! A part of a list that many share: one list takes less memory than one for each of them.

use std::marker::PhantomData;

use super::texts::narrow;

/// Where some neighbours stand in a list.
#[derive(Debug)]
pub struct Span<T> {
    start: u32,
    end: u32,
    of: PhantomData<fn() -> T>,
}

impl<T> Span<T> {
    /// Appends these items to a list.
    pub fn append(list: &mut Vec<T>, items: &mut Vec<T>) -> Self {
        let start = narrow(list.len());
        list.append(items);
        Self {
            start,
            end: narrow(list.len()),
            of: PhantomData,
        }
    }

    /// The items, in the list that they were appended to.
    #[inline]
    pub fn of<'l>(&self, list: &'l [T]) -> &'l [T] {
        let range = self.start as usize..self.end as usize;
        list.get(range).unwrap_or_default()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_finds_its_own_items_again() {
        let mut list = Vec::new();
        let spans: Vec<_> = [vec![1, 2], vec![], vec![3]]
            .into_iter()
            .map(|mut items| Span::append(&mut list, &mut items))
            .collect();
        let items: Vec<_> = spans.iter().map(|span| span.of(&list)).collect();
        assert_eq!(items, [&[1, 2][..], &[], &[3]]);
        assert!(spans[1].is_empty() && !spans[2].is_empty());
    }
}
