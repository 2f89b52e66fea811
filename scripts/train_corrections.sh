#!/usr/bin/env bash
# Does a policy learn from its own mistakes? Train ACT on demonstrations of LiftCube alone, and on demonstrations and
# corrections, on the same number of frames for the same number of steps, and print how often each succeeds.
#
#     bash scripts/train_corrections.sh                       # every step, into outputs/corrections
#     OUT=/data/corrections bash scripts/train_corrections.sh demonstrations base   # some of them, somewhere else
#     POLICY=smolvla BASE_STEPS=3000 STEPS=5000 bash scripts/train_corrections.sh   # the small SmolVLA instead
#
# A step that was interrupted goes on where it stopped, one that is done is not done again. Training needs a CUDA GPU.
# Nothing is downloaded.
set -euo pipefail

OUT=${OUT:-outputs/corrections}
POLICY=${POLICY:-act}            # or smolvla
EPISODES=${EPISODES:-200}        # demonstrations that both begin with
CORRECTIONS=${CORRECTIONS:-200}  # corrected episodes; the other policy gets demonstrations of as many frames
BASE_STEPS=${BASE_STEPS:-2500}   # of the policy that is corrected
STEPS=${STEPS:-5000}             # of the two that are compared
BETA=${BETA:-0.5}                # share of the turns in which the demonstrator acts
NUM_ENVS=${NUM_ENVS:-64}
EVALUATED=${EVALUATED:-1000}     # episodes
HERE=$(dirname "$0")
SHARED="--task LiftCube --num-envs $NUM_ENVS --image-size 128 128 --variation robust --noise 1.0"

demonstrations() {
    # shellcheck disable=SC2086
    leisaac record $SHARED --episodes "$EPISODES" --seed 1000 --out "$OUT/demonstrations" --resume
}

base() {
    train "$OUT/demonstrations" base "$BASE_STEPS"
}

corrections() {
    # shellcheck disable=SC2086
    leisaac record $SHARED --episodes "$CORRECTIONS" --seed 2000 --out "$OUT/corrections" --resume \
        --policy "$(checkpoint base)" --expert scripted --beta "$BETA"
}

# LeRobot merges datasets of the same columns alone: what was carried out is of no use to a training.
merge() {
    [ -f "$OUT/corrected/meta/info.json" ] && return
    rm -rf "$OUT/labels" "$OUT/corrected.part"
    lerobot-edit-dataset --repo_id leisaac/corrections --root "$OUT/corrections" --new_repo_id leisaac/labels \
        --new_root "$OUT/labels" --operation.type remove_feature --operation.feature_names '["executed_action"]'
    lerobot-edit-dataset --new_repo_id leisaac/corrected --new_root "$OUT/corrected.part" --operation.type merge \
        --operation.repo_ids '["leisaac/demonstrations", "leisaac/labels"]' \
        --operation.roots "[\"$OUT/demonstrations\", \"$OUT/labels\"]"
    leisaac declare "$OUT/corrected.part" --units degrees
    mv "$OUT/corrected.part" "$OUT/corrected"
}

# As many frames of demonstrations: the first ones are those that the other policy has, too.
more() {
    local episodes
    episodes=$(python3 - "$OUT" <<'PYTHON'
import json, sys
def info(name): return json.load(open(f"{sys.argv[1]}/{name}/meta/info.json"))
demonstrations, corrected = info("demonstrations"), info("corrected")
length = demonstrations["total_frames"] / demonstrations["total_episodes"]
print(round(corrected["total_frames"] / length))
PYTHON
    )
    # shellcheck disable=SC2086
    leisaac record $SHARED --episodes "$episodes" --seed 1000 --out "$OUT/more" --resume
}

without() {
    train "$OUT/more" without "$STEPS"
}

with() {
    train "$OUT/corrected" with "$STEPS"
}

evaluate() {
    local name variation
    for name in base without with; do
        for variation in none robust; do
            leisaac eval --checkpoint "$(checkpoint $name)" --task LiftCube --episodes "$EVALUATED" --num-envs 500 \
                --seed 7 --variation $variation --out "$OUT/eval/${name}_$variation" --resume
        done
    done
}

table() {
    local name
    for name in demonstrations more corrected; do
        python3 -c "import json, sys; info = json.load(open(sys.argv[1] + '/meta/info.json'))
print(sys.argv[1], info['total_episodes'], 'episodes', info['total_frames'], 'frames')" "$OUT/$name"
    done
    for name in base without with; do
        echo "$name:"
        python3 "$HERE/results_table.py" "$OUT/eval/${name}_none" "$OUT/eval/${name}_robust"
    done
}

train() { # dataset, name, steps
    [ "$POLICY" = act ] || OUT="$OUT/$2" bash "$HERE/train_lift_cube.sh" vlm
    OUT="$OUT/$2" DATASET="$1" ACT_STEPS="$3" SMOLVLA_STEPS="$3" bash "$HERE/train_lift_cube.sh" "$POLICY"
}

checkpoint() { # name
    echo "$OUT/$1/$POLICY/checkpoints/last"
}

mkdir -p "$OUT"
OUT=$(realpath "$OUT")
for step in "${@:-demonstrations base corrections merge more without with evaluate table}"; do
    for name in $step; do
        "$name"
    done
done
