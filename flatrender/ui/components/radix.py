"""Radix primitives (MIT) without a look of their own: behaviour, focus and ARIA. Our classes dress them."""

# An event's arguments are a call in Reflex's notation, which is no type to the checker.
# mypy: disable-error-code="type-arg, valid-type"

from typing import ClassVar

import reflex as rx
from reflex.event import EventHandler, no_args_event_spec, passthrough_event_spec

LIBRARY = "radix-ui@1.8.1"


class Primitive(rx.Component):
    """A part of a primitive. `as_child` hands its behaviour to its only child."""

    library = LIBRARY

    as_child: rx.Var[bool]


class DirectionProvider(Primitive):
    """Tells the primitives below the page's direction."""

    tag = "Direction.Provider"

    dir: rx.Var[str]


class MenuRoot(Primitive):
    """A menu."""

    tag = "DropdownMenu.Root"

    open: rx.Var[bool]
    modal: rx.Var[bool]
    on_open_change: EventHandler[passthrough_event_spec(bool)]


class MenuTrigger(Primitive):
    """Opens the menu."""

    tag = "DropdownMenu.Trigger"


class MenuPortal(Primitive):
    """Puts the menu at the end of the body."""

    tag = "DropdownMenu.Portal"


class Floating(Primitive):
    """A part that floats beside its trigger."""

    side: rx.Var[str]
    align: rx.Var[str]
    side_offset: rx.Var[int]
    collision_padding: rx.Var[int]


class MenuContent(Floating):
    """The list of a menu."""

    tag = "DropdownMenu.Content"


class MenuItem(Primitive):
    """One act of a menu."""

    tag = "DropdownMenu.Item"

    disabled: rx.Var[bool]
    text_value: rx.Var[str]
    on_select: EventHandler[no_args_event_spec]


class MenuRadioGroup(Primitive):
    """Acts of which one is chosen."""

    tag = "DropdownMenu.RadioGroup"

    value: rx.Var[str]
    on_value_change: EventHandler[passthrough_event_spec(str)]


class MenuRadioItem(Primitive):
    """One of several choices."""

    tag = "DropdownMenu.RadioItem"

    value: rx.Var[str]
    disabled: rx.Var[bool]
    on_select: EventHandler[no_args_event_spec]


class MenuSeparator(Primitive):
    """A line between groups."""

    tag = "DropdownMenu.Separator"


class DialogRoot(Primitive):
    """A dialog."""

    tag = "Dialog.Root"

    open: rx.Var[bool]
    on_open_change: EventHandler[passthrough_event_spec(bool)]


class DialogPortal(Primitive):
    """Puts the dialog at the end of the body."""

    tag = "Dialog.Portal"


class DialogOverlay(Primitive):
    """The scrim behind a dialog."""

    tag = "Dialog.Overlay"


class DialogContent(Primitive):
    """The dialog's box; keeps the focus inside."""

    tag = "Dialog.Content"

    _rename_props: ClassVar[dict[str, str]] = {}


class DialogTitle(Primitive):
    """The name of the dialog."""

    tag = "Dialog.Title"


class DialogDescription(Primitive):
    """What the dialog asks."""

    tag = "Dialog.Description"


class DialogClose(Primitive):
    """Closes the dialog."""

    tag = "Dialog.Close"


class PopoverRoot(Primitive):
    """A popover."""

    tag = "Popover.Root"

    open: rx.Var[bool]
    on_open_change: EventHandler[passthrough_event_spec(bool)]


class PopoverTrigger(Primitive):
    """Opens the popover."""

    tag = "Popover.Trigger"


class PopoverPortal(Primitive):
    """Puts the popover at the end of the body."""

    tag = "Popover.Portal"


class PopoverContent(Floating):
    """The popover's box."""

    tag = "Popover.Content"


class TooltipProvider(Primitive):
    """Shared delay of the tooltips below."""

    tag = "Tooltip.Provider"

    delay_duration: rx.Var[int]


class TooltipRoot(Primitive):
    """A tooltip."""

    tag = "Tooltip.Root"


class TooltipTrigger(Primitive):
    """What the tooltip explains."""

    tag = "Tooltip.Trigger"


class TooltipPortal(Primitive):
    """Puts the tooltip at the end of the body."""

    tag = "Tooltip.Portal"


class TooltipContent(Floating):
    """The tooltip's words."""

    tag = "Tooltip.Content"


class SliderRoot(Primitive):
    """A slider of one value or more."""

    tag = "Slider.Root"

    value: rx.Var[list[float]]
    default_value: rx.Var[list[float]]
    min: rx.Var[float]
    max: rx.Var[float]
    step: rx.Var[float]
    disabled: rx.Var[bool]
    dir: rx.Var[str]
    on_value_change: EventHandler[passthrough_event_spec(list[float])]
    on_value_commit: EventHandler[passthrough_event_spec(list[float])]


class SliderTrack(Primitive):
    """The slider's line."""

    tag = "Slider.Track"


class SliderRange(Primitive):
    """The filled part of the line."""

    tag = "Slider.Range"


class SliderThumb(Primitive):
    """The slider's handle."""

    tag = "Slider.Thumb"
