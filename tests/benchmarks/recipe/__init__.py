"""What the defaults achieve: our program, transformers' Trainer and fastai, each left as it comes.

Everybody gets the same training samples, the same pretrained weights and the same number of
epochs, and answers the same samples that nobody has seen. Nothing is tuned for anybody: we press
Next until the run starts, the Trainer keeps every argument's default, fastai does what its
documentation recommends for transfer learning (`fine_tune`).

    make bench BENCH="--part recipe"

Times do not matter here, so other programs may run meanwhile. ``--keep`` goes on where an earlier
call was broken off.
"""
