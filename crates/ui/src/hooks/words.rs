//! The words of the interface.

use std::rc::Rc;

use scene::Words;
use yew::prelude::*;

/// The words, shared by every component.
#[derive(Clone, Debug)]
pub(crate) struct SharedWords(Rc<Words>);

impl PartialEq for SharedWords {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl std::ops::Deref for SharedWords {
    type Target = Words;

    fn deref(&self) -> &Words {
        &self.0
    }
}

/// Gives the words to what is inside.
#[component]
pub(crate) fn WordsProvider(props: &html::ChildrenProps) -> Html {
    let words = use_memo((), |()| Words::english());
    html! {
        <ContextProvider<SharedWords> context={SharedWords(words)}>
            { props.children.clone() }
        </ContextProvider<SharedWords>>
    }
}

/// The words of the interface.
#[hook]
pub(crate) fn use_words() -> SharedWords {
    use_context::<SharedWords>().expect("the app provides words")
}
