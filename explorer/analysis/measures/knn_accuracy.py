"""Accuracy of a 10-nearest-neighbour classifier on the codes."""

from explorer.analysis.measures.base import Evaluation, Measure

NEIGHBOURS = 10


def _compute(evaluation: Evaluation) -> float:
    from sklearn.neighbors import KNeighborsClassifier

    train, test = evaluation.train_codes, evaluation.codes
    classifier = KNeighborsClassifier(NEIGHBOURS).fit(train.mean, train.labels)
    return float(classifier.score(test.mean, test.labels))


MEASURE = Measure(
    name="knn_accuracy",
    title="kNN accuracy",
    unit="share of test images",
    help="Test images whose 10 nearest training codes vote for the right class. After collapse it "
    "still reads 0.2–0.4 from traces too small to decode: read it beside KL and active units.",
    compute=_compute,
    decimals=3,
)
