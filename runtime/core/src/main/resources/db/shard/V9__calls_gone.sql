-- Made anew by 4.1 where 6 had taken it away before.
DROP TABLE IF EXISTS model_call;
