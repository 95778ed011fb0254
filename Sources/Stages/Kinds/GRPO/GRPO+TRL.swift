import Recipes

extension GRPO {
  static let trainer: TRLTrainer? = TRLTrainer(
    configuration: "GRPOConfig",
    names: [
      NameElsewhere(
        ["num_generations_eval"], in: [name],
        "eval_data is answered once, greedily; a stage of kind evaluate takes n_samples"),
      NameElsewhere(
        ["multi_objective_aggregation"], in: [name],
        "rewards are weighted and summed; advantages use the sum"),
      NameElsewhere(
        [
          "top_entropy_quantile", "entropy_coef", "entropy_coef_delta", "entropy_coef_max",
          "entropy_coef_min", "entropy_target", "use_adaptive_entropy", "sapo_temperature_neg",
          "sapo_temperature_pos", "vespo_k_neg", "vespo_k_pos", "vespo_lambda_neg",
          "vespo_lambda_pos",
        ], in: [name], "Regimen does not have it"),
      NameElsewhere(
        [
          "cosine_min_value_wrong", "cosine_max_value_wrong", "cosine_min_value_correct",
          "cosine_max_value_correct", "cosine_max_len",
        ], in: [name], "reward_funcs: [{ name: cosine, parameters: { max_len: 1000 } }]"),
      NameElsewhere(
        ["repetition_n_grams", "repetition_max_penalty"], in: [name],
        "reward_funcs: [{ name: repetition_penalty, parameters: { ngram_size: 3, max_penalty: -1 } }]"
      ),
      NameElsewhere(
        [
          "code_language", "code_eval_test_batch_size", "parallel_code_exec_per_proc",
          "e2b_router_url", "morph_router_url", "code_provider", "ioi_provider",
        ], in: [name], "your own reward is a program: { command: [python3, ./judge.py] }"),
    ],
    settings: [
      SettingElsewhere(
        "beta", "0.0", "DeepSeek-R1's 0.001; 0 leaves the reference model out, as in TRL."),
      SettingElsewhere(
        "steps_per_generation", "None",
        """
        The number of updates that share a batch of rollouts. TRL counts micro-steps, \
        gradient_accumulation_steps by default: divide TRL's value by gradient_accumulation_steps.
        """),
      SettingElsewhere(
        "generation_batch_size", "None",
        """
        How many completions are decoded at a time: it changes memory and speed, but no result. In \
        TRL it is the number of completions in a batch of rollouts, which \
        is prompts_per_step x num_generations x \
        steps_per_generation here.
        """),
      SettingElsewhere("min_p", "None", "0 switches it off, as None does."),
    ])
}
