#!/usr/bin/env bash
# Train one small SmolVLA from scratch on demonstrations of several tasks, told apart by the instruction alone: record,
# check, merge, train, evaluate.
#
#     bash scripts/train_several_tasks.sh                          # every step, into outputs/several_tasks
#     OUT=/data/several bash scripts/train_several_tasks.sh record merge   # some of them, somewhere else
#     TASKS="LiftCube PickOrange" bash scripts/train_several_tasks.sh      # other tasks
#
# A step that was interrupted goes on where it stopped, one that is done is not done again. Training wants a CUDA GPU;
# this tries every step on a CPU:
#
#     OUT=outputs/several_smoke EPISODES=2 STEPS=2 BATCH_SIZE=4 IMAGE_SIZE="64 64" NUM_ENVS=2 WORKERS=0 EVALUATED=1 \
#         DEVICE=cpu bash scripts/train_several_tasks.sh
set -euo pipefail

OUT=${OUT:-outputs/several_tasks}
TASKS=${TASKS:-LiftCube PickOrange CleanToyTable AssembleHamburger}
EPISODES=${EPISODES:-400}        # demonstrations of each task
EVALUATED=${EVALUATED:-1000}     # episodes of each task
STEPS=${STEPS:-20000}
NUM_ENVS=${NUM_ENVS:-64}
VARIATION=${VARIATION:-robust}
WORDS=${WORDS:-robust_words}     # in place of it for LiftCube, whose cube has the colour that the instruction names
NOISE=${NOISE:-1.0}
FINE_NOISE=${FINE_NOISE:-0.2}    # in place of it for AssembleHamburger, whose layers are laid to the millimetre
CAMERAS=${CAMERAS:-front wrist}  # those that all the tasks have: LiftCube alone has top, too
export FROM=${FROM:-}            # a checkpoint whose weights training begins with, such as what a shorter one left
export IMAGE_SIZE=${IMAGE_SIZE:-128 128} BATCH_SIZE=${BATCH_SIZE:-512} DEVICE=${DEVICE:-cuda} WORKERS=${WORKERS:-16}
HERE=$(dirname "$0")

record() {
    local task
    for task in $TASKS; do
        local variation=$VARIATION noise=$NOISE
        [ "$task" != LiftCube ] || variation=$WORDS
        [ "$task" != AssembleHamburger ] || noise=$FINE_NOISE
        # shellcheck disable=SC2086
        leisaac record --task "$task" --cameras $CAMERAS --image-size $IMAGE_SIZE --variation "$variation" \
            --noise "$noise" --num-envs "$NUM_ENVS" --episodes "$EPISODES" --seed 1000 --out "$OUT/datasets/$task" --resume
    done
}

check() {
    local task
    for task in $TASKS; do
        leisaac check "$OUT/datasets/$task" --html "$OUT/datasets/$task.html"
    done
}

merge() {
    [ -f "$OUT/merged/meta/info.json" ] && return
    local task ids=() roots=()
    for task in $TASKS; do
        ids+=("\"leisaac/$task\"")
        roots+=("\"$OUT/datasets/$task\"")
    done
    rm -rf "$OUT/merged.part"
    lerobot-edit-dataset --new_repo_id leisaac/merged --new_root "$OUT/merged.part" --operation.type merge \
        --operation.repo_ids "[$(IFS=,; echo "${ids[*]}")]" --operation.roots "[$(IFS=,; echo "${roots[*]}")]" \
        --operation.concatenate_videos false --operation.concatenate_data false  # not written anew for each file
    leisaac declare "$OUT/merged.part" --units degrees
    mv "$OUT/merged.part" "$OUT/merged"
}

smolvla() {
    [ -d "$OUT/vlm" ] || OUT="$OUT" bash "$HERE/train_lift_cube.sh" vlm
    OUT="$OUT" DATASET="$OUT/merged" SMOLVLA_STEPS="$STEPS" bash "$HERE/train_lift_cube.sh" smolvla
}

evaluate() {
    # shellcheck disable=SC2086
    leisaac eval --checkpoint "$OUT/smolvla/checkpoints/last" --task $TASKS --episodes "$EVALUATED" \
        --num-envs "$NUM_ENVS" --seed 7 --out "$OUT/eval" --resume
    leisaac eval --checkpoint "$OUT/smolvla/checkpoints/last" --task LiftCube --variation words --episodes "$EVALUATED" \
        --num-envs "$NUM_ENVS" --seed 7 --out "$OUT/eval_words" --resume
}

mkdir -p "$OUT"
OUT=$(realpath "$OUT")
for step in "${@:-record check merge smolvla evaluate}"; do
    for name in $step; do
        "$name"
    done
done
