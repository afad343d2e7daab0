"""Our training against other programs', on the same data with the same epochs.

``make bench`` runs it with the other benchmarks; ``contestants.py`` names who takes part, one
module each, ``tasks.py`` what they are asked to do, ``bars.py`` what we want to reach. ``race.py``
has them take turns, each trial in a process of its own, and ``figures.py`` takes medians.

The whole race takes hours on two cores, nearly all of it the rivals'. Two things shorten it:

* ``--whole-rounds 0 --rival-epochs 1``: rivals do one epoch of each run, which stands for all;
  the table marks such times. Their accuracy is then missing, unless another call tells it:
* ``--keep`` adds to the outcomes of earlier calls, which lie beside the table. Times are only
  taken from trials that other programs left alone; accuracies do not mind.

So a table can be put together from parts, each of them interleaved in itself::

    make bench BENCH="--part training --depths head --whole-rounds 0 --rival-epochs 1"
    make bench BENCH="--part training --depths last all --keep --whole-rounds 0 --rival-epochs 1"
    make bench BENCH="--part training --rounds 1 --whole-rounds 1 --keep"  # accuracies
    make bench BENCH="--keep --rounds 0"  # the table from what is there, and the other scripts
"""
