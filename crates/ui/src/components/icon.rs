//! The few icons, as paths in a square of 16.

use yew::prelude::*;

/// An icon. What it means stands in the name of the control that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    Play,
    Pause,
    StepBack,
    Step,
    Reset,
    End,
    Older,
    Newer,
    Restore,
    Undo,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Play => "M4 2.5v11l9.5-5.5z",
            Self::Pause => "M3.5 2.5h3.2v11H3.5zM9.3 2.5h3.2v11H9.3z",
            Self::StepBack => "M12 3 5.6 8l6.4 5zM3 3h1.8v10H3z",
            Self::Step => "m4 3 6.4 5L4 13zM11.2 3H13v10h-1.8z",
            Self::Reset => "M14 3 8.8 8l5.2 5zM8.6 3 3.4 8l5.2 5zM1.6 3h1.6v10H1.6z",
            Self::End => "M2 3l5.2 5L2 13zM7.4 3l5.2 5-5.2 5zM12.8 3h1.6v10h-1.6z",
            Self::Older => "M10.5 2.5 5 8l5.5 5.5 1.2-1.2L7.4 8l4.3-4.3z",
            Self::Restore => {
                "M8 2.5a5.5 5.5 0 1 1-5.2 3.7l1.6.5A3.9 3.9 0 1 0 8 4.1V6.4L4.4 3.3 8 .2zM7.2 6.5h1.5v2.2l1.7 1-.8 1.3-2.4-1.5z"
            }
            Self::Undo => {
                "M6.2 2.2 2 6.4l4.2 4.2V7.9h3.3a2.3 2.3 0 0 1 0 4.6H5v1.8h4.5a4.1 4.1 0 0 0 0-8.2H6.2z"
            }
            Self::Newer => "M5.5 2.5 11 8l-5.5 5.5-1.2-1.2L8.6 8 4.3 3.7z",
        }
    }

    /// The icon as a node.
    pub(crate) fn show(self) -> Html {
        html! {
            <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
                <path d={self.path()} fill="currentColor" />
            </svg>
        }
    }
}
