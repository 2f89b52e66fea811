#!/usr/bin/env bash
# Train ACT and a small SmolVLA from scratch on demonstrations of LiftCube: record, check, train, audit, evaluate,
# package.
#
#     bash scripts/train_lift_cube.sh                         # every step, into outputs/lift_cube
#     OUT=/data/lift bash scripts/train_lift_cube.sh record act   # some of them, somewhere else
#
# A step that was interrupted goes on where it stopped. Training needs a CUDA GPU, and 36 GB of disk for decoded frames.
set -euo pipefail

OUT=${OUT:-outputs/lift_cube}
DATASET=${DATASET:-$OUT/dataset}
EPISODES=${EPISODES:-1600}
ACT_STEPS=${ACT_STEPS:-8500}
SMOLVLA_STEPS=${SMOLVLA_STEPS:-7800}
WORKERS=${WORKERS:-16}
NUM_ENVS=${NUM_ENVS:-128}
DEVICE=${DEVICE:-cuda}
BATCH_SIZE=${BATCH_SIZE:-512}    # of the SmolVLA
IMAGE_SIZE=${IMAGE_SIZE:-128 128}
FROM=${FROM:-}                   # a checkpoint whose weights the SmolVLA begins with
COMPILE=${COMPILE:-false}        # true: torch.compile for the SmolVLA, minutes before its first step
# --policy.use_amp is float16 on CUDA, whose range the SmolVLA left after 2,500 steps; bf16 pays with COMPILE alone, since
# otherwise a step waits for its kernels to be launched, and casting launches half as many again.
export ACCELERATE_MIXED_PRECISION=${PRECISION:-no}
TRAINING_SEED=1000   # of the demonstrations
EVALUATION_SEED=7    # no episode of it was ever recorded
VARIATIONS="camera_5mm camera_10mm camera_20mm light_half light_double cube_blue cube_small cube_large cube_heavy slippery
    latency_1 latency_2"

record() {
    # shellcheck disable=SC2086
    leisaac record --task LiftCube --episodes "$EPISODES" --num-envs "$NUM_ENVS" --image-size $IMAGE_SIZE \
        --variation robust --noise 1.0 --seed $TRAINING_SEED --out "$OUT/dataset" --resume
}

check() {
    leisaac check "$OUT/dataset" --html "$OUT/dataset.html"
}

vlm() {
    python3 "$(dirname "$0")/make_small_vlm.py" "$OUT/vlm"
}

train() { # name, options
    local last=$OUT/$1/checkpoints/last/pretrained_model/train_config.json
    if [ -f "$last" ]; then
        python3 "$(dirname "$0")/train_from_memory.py" --config_path="$last" --resume=true
        return
    fi
    python3 "$(dirname "$0")/train_from_memory.py" --dataset.repo_id=leisaac/lift_cube \
        --dataset.root="$DATASET" --output_dir="$OUT/$1" \
        --policy.device="$DEVICE" --policy.use_amp=false --policy.push_to_hub=false --policy.chunk_size=50 \
        --num_workers="$WORKERS" --seed=1000 --save_freq=1000 --log_freq=200 --env_eval_freq=0 \
        --wandb.enable=false "${@:2}"
}

act() {
    train act --policy.type=act --batch_size=256 --policy.n_action_steps=50 --policy.pretrained_backbone_weights=null \
        --policy.dim_model=256 --policy.dim_feedforward=1024 --steps="$ACT_STEPS" \
        --use_policy_training_preset=false --optimizer.type=adamw --optimizer.lr=2e-4 --optimizer.weight_decay=1e-4 \
        --optimizer.grad_clip_norm=10 --scheduler.type=cosine_decay_with_warmup --scheduler.peak_lr=2e-4 \
        --scheduler.decay_lr=2e-6 --scheduler.num_warmup_steps=300 --scheduler.num_decay_steps="$ACT_STEPS"
}

# State and action go in as they are, with no padding to 32 dimensions.
smolvla() {
    local policy=--policy.type=smolvla
    [ -z "$FROM" ] || policy=--policy.path=$FROM
    train smolvla "$policy" --policy.n_action_steps=50 --policy.vlm_model_name="$OUT/vlm" \
        --policy.load_vlm_weights=false --policy.num_vlm_layers=5 --policy.freeze_vision_encoder=false \
        --policy.train_expert_only=false --policy.resize_imgs_with_padding="[${IMAGE_SIZE/ /,}]" --policy.max_state_dim=6 \
        --policy.max_action_dim=6 --policy.tokenizer_max_length=24 --policy.pad_language_to=max_length \
        --policy.compile_model="$COMPILE" --policy.compile_mode=default \
        --batch_size="$BATCH_SIZE" --steps="$SMOLVLA_STEPS" --policy.optimizer_lr=4e-4 \
        --policy.optimizer_betas='[0.9,0.999]' --policy.optimizer_weight_decay=1e-4 \
        --policy.optimizer_grad_clip_norm=10 --policy.scheduler_warmup_steps=300 \
        --policy.scheduler_decay_steps="$SMOLVLA_STEPS" --policy.scheduler_decay_lr=4e-6
}

evaluate() {
    local policy
    for policy in act smolvla; do
        leisaac audit "$OUT/$policy/checkpoints/last" --task LiftCube
        play_episodes "$policy" 2000 "$policy"
    done
    for variation in $VARIATIONS; do
        play_episodes smolvla 500 "smolvla_$variation" --variation "$variation"
    done
    python3 "$(dirname "$0")/results_table.py" "$OUT"/eval/*
}

play_episodes() { # policy, episodes, name of the results, options
    leisaac eval --checkpoint "$OUT/$1/checkpoints/last" --task LiftCube --episodes "$2" --num-envs 1000 \
        --seed $EVALUATION_SEED --out "$OUT/eval/$3" --resume "${@:4}"
}

package() {
    python3 "$(dirname "$0")/package_checkpoint.py" "$OUT/smolvla/checkpoints/last" "$OUT/dataset" "$OUT/packaged" \
        --results "$OUT"/eval/smolvla*
}

mkdir -p "$OUT"
for step in "${@:-record check vlm act smolvla evaluate package}"; do
    for name in $step; do
        "$name"
    done
done
