"""The Keras script, how it is trained: compile, fit and callbacks."""

from collections.abc import Callable, Mapping
from typing import Any

from core.choices.datasets import Facts
from core.choices.initializers import Given
from core.choices.losses import LOSSES
from core.choices.optimizers import OPTIMIZERS, Adagrad, NAdam, OptimizerSettings
from core.choices.schedules import Plateau
from core.exchange.code.loss import has_accuracy
from core.exchange.code.text import Lines, call, indented, listed, marked, quoted
from core.exchange.code.training import has_test, product
from core.experiment.architecture import Architecture, DropoutLayer
from core.experiment.experiment import Experiment
from core.experiment.training import Training
from core.training.stopping import larger_is_better

_MONITORS = {"validation_loss": "val_loss", "validation_accuracy": "val_accuracy", "train_loss": "loss"}
# Keras' words for the settings of optimizers, and where it takes ε below the root: there its square does the same.
_WORDS = {"beta1": "beta_1", "beta2": "beta_2", "eps": "epsilon", "alpha": "rho"}
_BELOW_THE_ROOT = ("rmsprop", "adagrad")
_WITHOUT = ("momentum_decay", "lr_decay")  # which Keras does not have
_DEFAULTS = {"beta_1": 0.9, "beta_2": 0.999, "momentum": 0.0, "nesterov": False, "amsgrad": False, "centered": False}
# The learning rate of an epoch, counted from 0, for the schedules that need nothing but its number.
RATES: Mapping[str, Callable[[Any, float, int], str]] = {
    "step": lambda settings, rate, epochs: f"{rate!r} * {settings.factor!r} ** (epoch // {settings.every})",
    "cosine": lambda settings, rate, epochs: (
        f"{rate!r} * ({settings.last!r} + {product(1 - settings.last, 0.5)} * "
        f"(1 + math.cos(math.pi * epoch / {epochs})))"
    ),
    "exponential": lambda settings, rate, epochs: f"{rate!r} * {settings.factor!r}**epoch",
    "warm_up": lambda settings, rate, epochs: f"{rate!r} * min(1, (epoch + 1) / {settings.epochs})",
}
_SIGN_ACCURACY = [
    "def accuracy(y, outputs):",
    '    """Return 1 for each output on the right side of 0, else 0."""',
    '    return keras.ops.cast(keras.ops.equal(outputs > 0, y > 0), "float32")',
]
_HINGE = [
    "def hinge(y, outputs):",
    '    """Return how far the right score is from leading the best wrong one by 1."""',
    "    right = keras.ops.sum(y * outputs, axis=-1)",
    "    wrong = keras.ops.max(outputs - 1e9 * y, axis=-1)",
    "    return keras.ops.relu(1 + wrong - right)",
]


def differences(experiment: Experiment, architecture: Architecture) -> list[str]:
    """Say where a training by Keras is not Downhill's."""
    training = experiment.training
    texts = [
        "Keras draws start weights and batches with random numbers of its own, so that losses are near Downhill's, not "
        "the same; it measures the training loss while it trains."
    ]
    if training.penalty.l1 or training.penalty.l2:
        texts.append("To the losses that it shows Keras adds the penalty.")
    if any(layer.initializer.kind == "he" for layer in architecture.dense):
        texts.append("Its he_normal draws no weights beyond two deviations.")
    if isinstance(training.optimizer, NAdam):
        texts.append("Its Nadam warms up the momentum at a rate of its own.")
    if isinstance(training.optimizer, Adagrad) and training.optimizer.lr_decay:
        texts.append("Its Adagrad has no decay of the learning rate: that setting is left out.")
    return [" ".join(texts)]


def compiled(architecture: Architecture, training: Training) -> Lines:
    """Return the targets, and the function that tells Keras what to minimize, how, and what to measure."""
    head = architecture.head
    targets = {
        "one-hot": f"keras.utils.to_categorical(labels, {architecture.outputs})",
        "sign": "2 * np.asarray(labels, dtype=np.float32).reshape(-1, 1) - 1",
    }
    target = targets.get(head.target, "np.asarray(labels, dtype=np.float32).reshape(-1, 1)")
    scores = architecture.loss.tag == "hinge" and architecture.outputs > 1
    loss = "hinge" if scores else quoted(LOSSES[architecture.loss.tag].keras)
    arguments = [f"loss={loss}"]
    if has_accuracy(architecture):
        arguments.append("metrics=[accuracy]" if head.target == "sign" else 'metrics=["accuracy"]')
    kind = "numbers" if head.target == "value" else "places in CLASSES"
    return [
        *([*_HINGE, "", ""] if scores else []),
        *([*_SIGN_ACCURACY, "", ""] if head.target == "sign" else []),
        "def target(labels):",
        f'    """Return labels, {kind}, as the loss wants them."""',
        f"    return {target}",
        "",
        "",
        "def compiled():",
        '    """Return the network with its start weights, ready to be trained."""',
        "    model = build()",
        *indented(_given(architecture)),
        *indented(_optimizer(training.optimizer, training.clip)),
        *indented(call("model.compile", ["optimizer=optimizer", *arguments], depth=1)),
        "    return model",
    ]


def train(experiment: Experiment, facts: Facts) -> Lines:
    """Return the function that trains."""
    training = experiment.training
    validates, tests = experiment.data.validation > 0, has_test(experiment, facts)
    made = callbacks(experiment)
    size = "len(x)" if training.batch_size == "all" else str(training.batch_size)
    arguments = [
        "x",
        "y",
        f"batch_size={size}",
        f"epochs={training.epochs}",
        *(["validation_data=validation"] if validates else []),
        *(["callbacks=callbacks"] if made else []),
        "verbose=2",
    ]
    validation = ["validation = (", '    prepare(data["x_validation"]),', '    target(data["y_validation"]),', ")"]
    shown = [
        'x_test, y_test = prepare(data["x_test"]), target(data["y_test"])',
        "measured = model.evaluate(x_test, y_test, verbose=0, return_dict=True)",
        'print("test", ", ".join(f"{name} {value:.4g}" for name, value in measured.items()))',
    ]
    return [
        "def train(data):",
        '    """Train a new network on raw samples and their labels, and return it."""',
        f"    keras.utils.set_random_seed({training.seed})",
        '    x, y = prepare(data["x_train"]), target(data["y_train"])',
        *indented(validation if validates else []),
        "    model = compiled()",
        *indented(made),
        *indented(call("model.fit", arguments, depth=1)),
        *indented(shown if tests else []),
        "    return model",
    ]


def callbacks(experiment: Experiment) -> Lines:
    """Return the list of callbacks as code, nothing where there are none."""
    training = experiment.training
    made: list[Lines] = []
    schedule, rate = training.schedule, training.optimizer.learning_rate
    if isinstance(schedule, Plateau):
        made.append(_callback("ReduceLROnPlateau", schedule, [
            f"factor={schedule.factor!r}", f"min_lr={product(rate, schedule.min_factor)}",
        ]))  # fmt: skip
    elif schedule.kind in RATES:
        code = RATES[schedule.kind](schedule, rate, training.epochs)
        made.append(call("keras.callbacks.LearningRateScheduler", [f"lambda epoch: {code}"], depth=2, after=","))
    stopping = training.early_stopping
    if stopping is not None:
        made.append(_callback("EarlyStopping", stopping, [f"restore_best_weights={stopping.restore_best}"]))
    if not made:
        return []
    return ["callbacks = [", *indented(line for lines in made for line in lines), "]"]


def _callback(name: str, settings: Any, more: list[str]) -> Lines:
    """Return a callback that watches a monitor. Keras' own patience is ours; its least improvement may not be."""
    arguments = [
        f'monitor="{_MONITORS[settings.monitor]}"',
        f'mode="{"max" if larger_is_better(settings.monitor) else "min"}"',
        f"patience={settings.patience}",
        f"min_delta={settings.min_delta!r}",
        *more,
    ]
    return call(f"keras.callbacks.{name}", arguments, depth=2, after=",")


def _given(architecture: Architecture) -> Lines:
    """Set the start weights that are written down by hand; Keras holds them by inputs × units."""
    lines: Lines = []
    for place, layer in enumerate(architecture.layers):
        if isinstance(layer, DropoutLayer) or not isinstance(layer.initializer, Given):
            continue
        numbers = [[repr(number) for number in row] for row in layer.initializer.weights]
        given = [
            *listed("weights = ", numbers, depth=1),
            *listed("biases = ", [repr(number) for number in layer.initializer.biases], depth=1),
            f"model.layers[{place}].set_weights([np.transpose(weights), np.array(biases)])",
        ]
        lines += marked(given, place)
    return lines


def _optimizer(settings: OptimizerSettings, clip: float | None) -> Lines:
    """Return the optimizer, with the settings in which it differs from Keras' own defaults."""
    values = settings.model_dump(exclude={"kind", *_WITHOUT})
    if settings.kind in _BELOW_THE_ROOT:
        values["eps"] = values["eps"] ** 2
    own = [
        f"{_WORDS.get(name, name)}={value!r}"
        for name, value in values.items()
        if _DEFAULTS.get(_WORDS.get(name, name)) != value
    ]
    clips = [f"global_clipnorm={clip!r}"] if clip else []
    return call(f"optimizer = keras.optimizers.{OPTIMIZERS[settings.kind].keras}", [*own, *clips], depth=1)
