"""The loss in the script: what is minimized, its targets, and how a network is measured."""

from core.exchange.code.text import Lines, indented
from core.experiment.architecture import Architecture

# Torch's MultiMarginLoss sums over all wrong classes, so the hinge loss is written out.
_HINGE = {
    "sign": [
        "def loss_function(outputs, y):",
        '    """Return the hinge loss: every sample should be on its side by at least 1."""',
        "    return torch.relu(1 - outputs * y).mean()",
    ],
    "one-hot": [
        "def loss_function(outputs, y):",
        '    """Return the hinge loss: the right score should lead the best wrong one by 1."""',
        "    right = outputs.gather(1, y[:, None])",
        '    wrong = outputs.scatter(1, y[:, None], float("-inf")).amax(1, keepdim=True)',
        "    return torch.relu(1 + wrong - right).mean()",
    ],
}


def loss(architecture: Architecture) -> Lines:
    """Return what is minimized, and the functions that turn labels into targets and measure a network."""
    row, head = architecture.loss, architecture.head
    whole = "torch.tensor(labels, dtype=torch.long)"
    number = "torch.tensor(labels, dtype=torch.float32).reshape(-1, 1)"
    targets = {
        "binary": number,
        "value": number,
        "sign": f"2 * {number} - 1",
        "one-hot": whole,
    }
    if _takes_one_hot(architecture):
        targets["one-hot"] = f"nn.functional.one_hot({whole}, {architecture.outputs}).float()"
    kind = "numbers" if head.target == "value" else "places in CLASSES"
    return [
        *(_HINGE[head.target] if row.tag == "hinge" else [f"loss_function = nn.{row.torch}()"]),
        "",
        "",
        "def target(labels):",
        f'    """Return labels, {kind}, as the loss wants them."""',
        f"    return {targets[head.target]}",
        "",
        "",
        "def measure(model, x, y):",
        f'    """Return the loss{" and the accuracy" if has_accuracy(architecture) else ""}, with dropout off."""',
        "    model.eval()",
        "    with torch.no_grad():",
        "        outputs = model(x)",
        *indented(_measured(architecture)),
    ]


def _takes_one_hot(architecture: Architecture) -> bool:
    """Tell whether the loss takes a number per class rather than the place of the right one."""
    return architecture.head.target == "one-hot" and architecture.loss.tag not in ("cross_entropy", "hinge")


def has_accuracy(architecture: Architecture) -> bool:
    """Tell whether there are right and wrong answers."""
    return architecture.head.target != "value"


def _measured(architecture: Architecture) -> Lines:
    if not has_accuracy(architecture):
        return ["return loss_function(outputs, y).item()"]
    if architecture.outputs == 1:
        right = "(outputs > 0) == (y > 0)"
    else:
        right = f"outputs.argmax(1) == y{'.argmax(1)' if _takes_one_hot(architecture) else ''}"
    return [f"right = {right}", "return loss_function(outputs, y).item(), right.float().mean().item()"]
